//! What can be done, by name: keys, the palette and the configuration all mean these.

use std::str::FromStr;

use super::keymap::Place;

/// Something a reviewer can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(
    missing_docs,
    reason = "the table below says of each what it does, in the words that a screen shows"
)]
pub enum Action {
    Confirm,
    Reject,
    AcceptRisk,
    Unsure,
    Note,
    Rank1,
    Rank2,
    Rank3,
    Rank4,
    Rank5,
    Unrank,
    Pin,
    Alike,
    TakeBackSpread,
    Undo,
    Redo,
    Select,
    SelectRange,
    SelectAll,
    SelectNone,
    Next,
    Previous,
    PageDown,
    PageUp,
    First,
    Last,
    NextStale,
    NextDisputed,
    Sides,
    ToCase,
    ToFile,
    CodeDown,
    CodeUp,
    CodeLeft,
    CodeRight,
    CodeToFlag,
    NextInFile,
    Edit,
    Changes,
    Search,
    SearchNext,
    SearchPrevious,
    TraceNext,
    TracePrevious,
    CaseDown,
    CaseUp,
    Filter,
    ClearFilter,
    Facets,
    SavedFilters,
    SaveFilter,
    OrderNext,
    GroupNext,
    Fold,
    FoldAll,
    Details,
    ExplainWorth,
    HideList,
    HideCode,
    HideCase,
    WidenList,
    NarrowList,
    WidenCase,
    NarrowCase,
    Refresh,
    Copy,
    CopyPlace,
    CopyLink,
    CopyMarkdown,
    Import,
    CancelImport,
    OpenRun,
    RemoveRun,
    UseModel,
    ModelBefore,
    VerifyModel,
    AddModel,
    RemoveModel,
    CancelModel,
    OpenAdvice,
    LabelNext,
    Propose,
    ProposeAll,
    PauseProposing,
    StopProposing,
    AcceptRemedy,
    RefuseRemedy,
    EditRemedy,
    ApplyRemedy,
    TakeBackRemedy,
    WriteRemedy,
    NextRemedy,
    PreviousRemedy,
    Checks,
    SideBySide,
    WholeChange,
    Alternatives,
    RemediesNext,
    OpenCase,
    Palette,
    Help,
    Messages,
    ScreenNext,
    ScreenDocket,
    ScreenRemedies,
    ScreenGate,
    ScreenRuns,
    ScreenModels,
    Back,
    Suspend,
    Quit,
}

/// Each action with its name in the configuration and what it does in a few words.
const TABLE: &[(Action, &str, &str)] = &[
    (Action::Confirm, "confirm", "the weakness is real"),
    (Action::Reject, "reject", "it is not a weakness"),
    (Action::AcceptRisk, "accept-risk", "it is real and will stay"),
    (Action::Unsure, "unsure", "looked at and left open"),
    (Action::Note, "note", "write a note on the case"),
    (Action::Rank1, "rank-1", "priority 1, the first"),
    (Action::Rank2, "rank-2", "priority 2"),
    (Action::Rank3, "rank-3", "priority 3"),
    (Action::Rank4, "rank-4", "priority 4"),
    (Action::Rank5, "rank-5", "priority 5, the last"),
    (Action::Unrank, "unrank", "take the priority away"),
    (Action::Pin, "pin", "pin to the top, or let go"),
    (Action::Alike, "alike", "the open cases like the one judged, to spread its verdict to"),
    (Action::TakeBackSpread, "take-back-spread", "take back what was spread, all of it"),
    (Action::Undo, "undo", "take back your last act"),
    (Action::Redo, "redo", "give back what undo took"),
    (Action::Select, "select", "select the case, or unselect it"),
    (Action::SelectRange, "select-range", "select from the last one selected to here"),
    (Action::SelectAll, "select-all", "select everything that the filter leaves in"),
    (Action::SelectNone, "select-none", "select nothing"),
    (Action::Next, "next", "next in the list"),
    (Action::Previous, "previous", "previous in the list"),
    (Action::PageDown, "page-down", "a screen of the list down"),
    (Action::PageUp, "page-up", "a screen of the list up"),
    (Action::First, "first", "first in the list"),
    (Action::Last, "last", "last in the list"),
    (Action::NextStale, "next-stale", "next case whose code has changed"),
    (Action::NextDisputed, "next-disputed", "next case on which reviewers differ"),
    (Action::Sides, "sides", "what each reviewer said of the case, side by side"),
    (Action::ToFile, "to-file", "go to a file by a few letters"),
    (Action::ToCase, "to-case", "go to a case by the beginning of its id"),
    (Action::CodeDown, "code-down", "scroll the code down"),
    (Action::CodeUp, "code-up", "scroll the code up"),
    (Action::CodeLeft, "code-left", "scroll the code left"),
    (Action::CodeRight, "code-right", "scroll the code right"),
    (Action::CodeToFlag, "code-to-flag", "back to the flagged line"),
    (Action::NextInFile, "next-in-file", "the next other case of this file"),
    (Action::Edit, "edit", "open the line in your editor"),
    (Action::Changes, "changes", "what changed in the file since the scan"),
    (Action::Search, "search", "search in the code"),
    (Action::SearchNext, "search-next", "the next place that was searched for"),
    (Action::SearchPrevious, "search-previous", "the place before that was searched for"),
    (Action::TraceNext, "trace-next", "next step of the data flow"),
    (Action::TracePrevious, "trace-previous", "previous step of the data flow"),
    (Action::CaseDown, "case-down", "scroll the details down"),
    (Action::CaseUp, "case-up", "scroll the details up"),
    (Action::Filter, "filter", "filter the docket"),
    (Action::ClearFilter, "clear-filter", "show every case"),
    (Action::SavedFilters, "saved-filters", "choose, rename or forget a saved filter"),
    (Action::SaveFilter, "save-filter", "save the filter under a name"),
    (Action::Facets, "facets", "filter by severity, state, tool, CWE, rule, directory or project"),
    (Action::OrderNext, "order-next", "the next order: worth, severity, newest, path"),
    (Action::GroupNext, "group-next", "group by rule, file, weakness or directory, or not"),
    (Action::Fold, "fold", "fold the group that one is in, or unfold it"),
    (Action::FoldAll, "fold-all", "fold every group, or unfold them"),
    (Action::Details, "details", "code or details, where there is no room for both"),
    (Action::ExplainWorth, "explain-worth", "why the case is worth so much, term by term"),
    (Action::HideList, "hide-list", "hide the list, or show it"),
    (Action::HideCode, "hide-code", "hide the code, or show it"),
    (Action::HideCase, "hide-case", "hide the details, or show them"),
    (Action::WidenList, "widen-list", "a wider list"),
    (Action::NarrowList, "narrow-list", "a narrower list"),
    (Action::WidenCase, "widen-case", "wider details"),
    (Action::NarrowCase, "narrow-case", "narrower details"),
    (Action::Refresh, "refresh", "list anew"),
    (Action::Copy, "copy", "copy the place, a link to it, or the case"),
    (Action::CopyPlace, "copy-place", "copy path:line"),
    (Action::CopyLink, "copy-link", "copy a link to the lines at the forge"),
    (Action::CopyMarkdown, "copy-markdown", "copy the case as Markdown"),
    (Action::Import, "import", "import scanners' outputs"),
    (Action::CancelImport, "cancel-import", "cancel the import that runs"),
    (Action::OpenRun, "open-run", "the cases that the import saw"),
    (Action::RemoveRun, "remove-run", "take the import back"),
    (Action::UseModel, "use-model", "put the model into the role that it is for"),
    (Action::ModelBefore, "model-before", "put the model before back into that role"),
    (
        Action::VerifyModel,
        "verify-model",
        "try the model: whether it is unchanged, how fast, in how much memory",
    ),
    (Action::AddModel, "add-model", "add a model from a folder"),
    (Action::RemoveModel, "remove-model", "remove the model's files"),
    (Action::CancelModel, "cancel-model", "call off the model that is being added or tried"),
    (
        Action::OpenAdvice,
        "open-advice",
        "the cases that the condition asks for, or both sides of a contradiction",
    ),
    (Action::LabelNext, "label-next", "the cases of which one decision helps the gate most"),
    (Action::Propose, "propose", "a remedy for the case: look at it, or have one proposed"),
    (Action::ProposeAll, "propose-all", "remedies for the cases selected, or all that the filter leaves in"),
    (Action::PauseProposing, "pause-proposing", "begin no further case, or go on"),
    (Action::StopProposing, "stop-proposing", "stop proposing; what is proposed already stays"),
    (Action::AcceptRemedy, "accept-remedy", "the remedy is good"),
    (Action::RefuseRemedy, "refuse-remedy", "it is not"),
    (Action::EditRemedy, "edit-remedy", "change the remedy in your editor; it is checked and kept beside it"),
    (Action::ApplyRemedy, "apply-remedy", "write the remedy into the source tree"),
    (Action::TakeBackRemedy, "take-back-remedy", "take the remedy out of the source tree again"),
    (Action::WriteRemedy, "write-remedy", "write a patch file, or a Git branch with a commit for each case"),
    (Action::NextRemedy, "next-remedy", "the next remedy of the case"),
    (Action::PreviousRemedy, "previous-remedy", "the remedy of the case before"),
    (Action::Checks, "checks", "the checks with what they rest on and how long they took, or the difference"),
    (Action::SideBySide, "side-by-side", "before and after side by side, or one below the other"),
    (Action::WholeChange, "whole-change", "more of what is around the changes, or less"),
    (Action::Alternatives, "alternatives", "the remedies of the case side by side, or one at a time"),
    (Action::RemediesNext, "remedies-next", "with remedies, for broader review, or of every case"),
    (Action::OpenCase, "open-case", "the case on the docket"),
    (Action::Palette, "palette", "every command by name"),
    (Action::Help, "help", "the keys of where you are"),
    (Action::Messages, "messages", "what was said in the last line in this sitting, the newest first"),
    (Action::ScreenNext, "screen-next", "next screen"),
    (Action::ScreenDocket, "screen-docket", "the docket"),
    (Action::ScreenRemedies, "screen-remedies", "proposed patches"),
    (Action::ScreenGate, "screen-gate", "what the gate lacks"),
    (Action::ScreenRuns, "screen-runs", "the imports and their receipts"),
    (Action::ScreenModels, "screen-models", "models by role"),
    (Action::Back, "back", "leave what is open"),
    (Action::Suspend, "suspend", "back to the shell until `fg`"),
    (Action::Quit, "quit", "leave the workstation"),
];

/// A word that names no action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no command")]
pub struct NoAction(pub String);

impl Action {
    /// All of them, as the palette offers them.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|&(action, _, _)| action)
    }

    fn entry(self) -> (&'static str, &'static str) {
        let entry = TABLE.iter().find(|(action, _, _)| *action == self);
        entry.map_or(("", ""), |&(_, name, words)| (name, words))
    }

    /// Its name in the configuration and in the palette.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.entry().0
    }

    /// Where it has a key that is given to it alone.
    #[must_use]
    pub(super) const fn place(self) -> Place {
        if self.is_of_runs() {
            Place::Runs
        } else if self.is_of_models() {
            Place::Models
        } else if self.is_of_gate() {
            Place::Gate
        } else if self.is_of_remedies() {
            Place::Remedies
        } else {
            Place::Docket
        }
    }

    /// Whether it is about the docket, and so is done on its screen alone.
    #[must_use]
    pub const fn is_of_docket(self) -> bool {
        !self.is_of_remedies()
            && !self.is_of_runs()
            && !self.is_of_models()
            && !self.is_of_gate()
            && !matches!(
                self,
                Self::Import
                    | Self::CancelImport
                    | Self::Propose
                    | Self::ProposeAll
                    | Self::PauseProposing
                    | Self::StopProposing
                    | Self::Palette
                    | Self::Help
                    | Self::Messages
                    | Self::ScreenNext
                    | Self::ScreenDocket
                    | Self::ScreenRemedies
                    | Self::ScreenGate
                    | Self::ScreenRuns
                    | Self::ScreenModels
                    | Self::Back
                    | Self::Suspend
                    | Self::Quit
            )
    }

    /// Whether it is about the imports, and so is done on their screen alone.
    #[must_use]
    pub const fn is_of_runs(self) -> bool {
        matches!(self, Self::OpenRun | Self::RemoveRun)
    }

    /// The place at which alone it is done, where there is one.
    #[must_use]
    pub(super) const fn only_at(self) -> Option<Place> {
        let is_of_one = self.is_of_docket()
            || self.is_of_remedies()
            || self.is_of_runs()
            || self.is_of_models()
            || self.is_of_gate();
        if is_of_one { Some(self.place()) } else { None }
    }

    /// Whether it is about what the gate lacks, and so is done on its screen alone.
    #[must_use]
    pub const fn is_of_gate(self) -> bool {
        matches!(self, Self::OpenAdvice | Self::LabelNext)
    }

    /// Whether it is about models, and so is done on their screen alone.
    #[must_use]
    pub const fn is_of_models(self) -> bool {
        matches!(
            self,
            Self::UseModel
                | Self::ModelBefore
                | Self::VerifyModel
                | Self::AddModel
                | Self::RemoveModel
                | Self::CancelModel
        )
    }

    /// Whether it is about the remedy at hand, and so is done on the screen of remedies alone.
    #[must_use]
    pub const fn is_of_remedies(self) -> bool {
        matches!(
            self,
            Self::AcceptRemedy
                | Self::RefuseRemedy
                | Self::EditRemedy
                | Self::ApplyRemedy
                | Self::TakeBackRemedy
                | Self::WriteRemedy
                | Self::NextRemedy
                | Self::PreviousRemedy
                | Self::Checks
                | Self::SideBySide
                | Self::WholeChange
                | Self::Alternatives
                | Self::RemediesNext
                | Self::OpenCase
        )
    }

    /// Whether it changes something in the workspace.
    #[must_use]
    pub const fn writes(self) -> bool {
        matches!(
            self,
            Self::Confirm
                | Self::Reject
                | Self::AcceptRisk
                | Self::Unsure
                | Self::Note
                | Self::Rank1
                | Self::Rank2
                | Self::Rank3
                | Self::Rank4
                | Self::Rank5
                | Self::Unrank
                | Self::Pin
                | Self::TakeBackSpread
                | Self::Undo
                | Self::Redo
                | Self::SaveFilter
                | Self::Import
                | Self::RemoveRun
                | Self::Propose
                | Self::ProposeAll
                | Self::AcceptRemedy
                | Self::RefuseRemedy
                | Self::EditRemedy
                | Self::ApplyRemedy
                | Self::TakeBackRemedy
                | Self::UseModel
                | Self::ModelBefore
                | Self::AddModel
                | Self::RemoveModel
        )
    }

    /// What it does, in a few words.
    #[must_use]
    pub fn words(self) -> &'static str {
        self.entry().1
    }
}

impl FromStr for Action {
    type Err = NoAction;

    fn from_str(text: &str) -> Result<Self, NoAction> {
        let named = TABLE.iter().find(|(_, name, _)| *name == text);
        named.map(|&(action, _, _)| action).ok_or_else(|| NoAction(text.chars().take(40).collect()))
    }
}
