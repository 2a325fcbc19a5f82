//! The SARIF objects this reader looks at, with the properties it looks at; all others cost nothing.

use std::borrow::Cow;

use serde::Deserialize;

use super::wire::{Bag, Int, Loose, Many, Map, One, Text};

/// `result`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ResultObject<'a> {
    #[serde(borrow)]
    pub(super) rule_id: Text<'a>,
    pub(super) rule_index: Int,
    pub(super) rule: One<Reference<'a>>,
    pub(super) kind: Text<'a>,
    pub(super) level: Text<'a>,
    pub(super) message: One<Message<'a>>,
    pub(super) locations: Many<One<Location<'a>>>,
    pub(super) related_locations: Many<One<Location<'a>>>,
    pub(super) code_flows: Many<One<CodeFlow<'a>>>,
    pub(super) fixes: Many<One<FixObject<'a>>>,
    pub(super) fingerprints: Bag<'a>,
    pub(super) partial_fingerprints: Bag<'a>,
    pub(super) correlation_guid: Text<'a>,
    pub(super) suppressions: Many<One<SuppressionObject<'a>>>,
    pub(super) baseline_state: Text<'a>,
    pub(super) rank: Text<'a>,
    pub(super) taxa: Many<One<Reference<'a>>>,
    pub(super) analysis_target: One<ArtifactLocation<'a>>,
    pub(super) occurrence_count: Int,
    pub(super) hosted_viewer_uri: Text<'a>,
    pub(super) work_item_uris: Many<Text<'a>>,
    pub(super) properties: Bag<'a>,
}

/// `reportingDescriptorReference`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Reference<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    pub(super) index: Int,
    pub(super) guid: Text<'a>,
    pub(super) tool_component: One<ComponentReference<'a>>,
}

/// `toolComponentReference`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ComponentReference<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    pub(super) index: Int,
    pub(super) guid: Text<'a>,
}

/// `message`, `multiformatMessageString`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub(super) text: Text<'a>,
    pub(super) markdown: Text<'a>,
    pub(super) id: Text<'a>,
    pub(super) arguments: Many<Text<'a>>,
}

/// `location`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Location<'a> {
    #[serde(borrow)]
    pub(super) physical_location: One<PhysicalLocation<'a>>,
    pub(super) logical_locations: Many<One<LogicalLocation<'a>>>,
    pub(super) message: One<Message<'a>>,
}

/// `physicalLocation`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PhysicalLocation<'a> {
    #[serde(borrow)]
    pub(super) artifact_location: One<ArtifactLocation<'a>>,
    pub(super) region: One<Region<'a>>,
    pub(super) context_region: One<Region<'a>>,
}

/// `artifactLocation`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ArtifactLocation<'a> {
    #[serde(borrow)]
    pub(super) uri: Text<'a>,
    pub(super) uri_base_id: Text<'a>,
    pub(super) index: Int,
}

/// `region`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Region<'a> {
    pub(super) start_line: Int,
    pub(super) start_column: Int,
    pub(super) end_line: Int,
    pub(super) end_column: Int,
    pub(super) char_offset: Int,
    pub(super) byte_offset: Int,
    #[serde(borrow)]
    pub(super) snippet: One<Content<'a>>,
}

/// `artifactContent`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Content<'a> {
    #[serde(borrow)]
    pub(super) text: Text<'a>,
    pub(super) binary: Text<'a>,
}

/// `logicalLocation`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct LogicalLocation<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    pub(super) fully_qualified_name: Text<'a>,
    pub(super) index: Int,
}

/// `codeFlow`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct CodeFlow<'a> {
    #[serde(borrow)]
    pub(super) thread_flows: Many<One<ThreadFlow<'a>>>,
}

/// `threadFlow`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ThreadFlow<'a> {
    #[serde(borrow)]
    pub(super) locations: Many<One<ThreadFlowLocation<'a>>>,
}

/// `threadFlowLocation`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ThreadFlowLocation<'a> {
    #[serde(borrow)]
    pub(super) location: One<Location<'a>>,
    pub(super) index: Int,
}

/// `fix`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct FixObject<'a> {
    #[serde(borrow)]
    pub(super) description: One<Message<'a>>,
    pub(super) artifact_changes: Many<One<ArtifactChange<'a>>>,
}

/// `artifactChange`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ArtifactChange<'a> {
    #[serde(borrow)]
    pub(super) artifact_location: One<ArtifactLocation<'a>>,
    pub(super) replacements: Many<One<Replacement<'a>>>,
}

/// `replacement`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Replacement<'a> {
    #[serde(borrow)]
    pub(super) deleted_region: One<Region<'a>>,
    pub(super) inserted_content: One<Content<'a>>,
}

/// `suppression`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct SuppressionObject<'a> {
    #[serde(borrow)]
    pub(super) kind: Text<'a>,
    pub(super) status: Text<'a>,
    pub(super) state: Text<'a>,
    pub(super) justification: Text<'a>,
}

/// `reportingDescriptor`: a rule or a taxon.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Descriptor<'a> {
    #[serde(borrow)]
    pub(super) id: Text<'a>,
    pub(super) guid: Text<'a>,
    pub(super) name: Text<'a>,
    pub(super) deprecated_ids: Many<Text<'a>>,
    pub(super) short_description: One<Message<'a>>,
    pub(super) full_description: One<Message<'a>>,
    pub(super) help: One<Message<'a>>,
    pub(super) help_uri: Text<'a>,
    pub(super) message_strings: Map<'a, One<Message<'a>>>,
    pub(super) default_configuration: One<Configuration<'a>>,
    pub(super) relationships: Many<One<Relationship<'a>>>,
    pub(super) properties: Bag<'a>,
}

/// `reportingConfiguration`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Configuration<'a> {
    #[serde(borrow)]
    pub(super) level: Text<'a>,
}

/// `reportingDescriptorRelationship`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Relationship<'a> {
    #[serde(borrow)]
    pub(super) target: One<Reference<'a>>,
    pub(super) kinds: Many<Text<'a>>,
}

/// `artifact`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Artifact<'a> {
    #[serde(borrow)]
    pub(super) location: One<ArtifactLocation<'a>>,
    pub(super) parent_index: Int,
    pub(super) roles: Many<Text<'a>>,
}

/// `logicalLocation` in a run's own list.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct LogicalEntry<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    pub(super) fully_qualified_name: Text<'a>,
    pub(super) parent_index: Int,
}

/// `invocation`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Invocation<'a> {
    #[serde(borrow)]
    pub(super) start_time_utc: Text<'a>,
    pub(super) end_time_utc: Text<'a>,
    pub(super) execution_successful: Text<'a>,
    pub(super) exit_code: Text<'a>,
    pub(super) exit_code_description: Text<'a>,
    pub(super) exit_signal_name: Text<'a>,
    pub(super) process_start_failure_message: Text<'a>,
    pub(super) working_directory: One<ArtifactLocation<'a>>,
    pub(super) rule_configuration_overrides: Many<One<Override<'a>>>,
    pub(super) tool_execution_notifications: Many<One<Notification<'a>>>,
    pub(super) tool_configuration_notifications: Many<One<Notification<'a>>>,
}

/// `configurationOverride`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Override<'a> {
    #[serde(borrow)]
    pub(super) configuration: One<Configuration<'a>>,
    pub(super) descriptor: One<Reference<'a>>,
}

/// `notification`
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Notification<'a> {
    #[serde(borrow)]
    pub(super) level: Text<'a>,
    pub(super) message: One<Message<'a>>,
    pub(super) descriptor: One<Reference<'a>>,
    pub(super) locations: Many<One<Location<'a>>>,
}

/// `versionControlDetails`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct VersionControl<'a> {
    #[serde(borrow)]
    pub(super) revision_id: Text<'a>,
    pub(super) branch: Text<'a>,
    pub(super) mapped_to: One<ArtifactLocation<'a>>,
}

macro_rules! objects {
    ($($name:ident $(: $field:ident)?),* $(,)?) => {
        $(impl<'de: 'a, 'a> Loose<'de> for $name<'a> {
            $(fn of_text(text: Cow<'de, str>) -> Self {
                Self { $field: Text(text), ..Self::default() }
            })?
        })*
    };
}

objects!(
    ResultObject,
    Reference: id,
    ComponentReference: name,
    Message: text,
    Location,
    PhysicalLocation,
    ArtifactLocation: uri,
    Region,
    Content: text,
    LogicalLocation: name,
    CodeFlow,
    ThreadFlow,
    ThreadFlowLocation,
    FixObject,
    ArtifactChange,
    Replacement,
    SuppressionObject: kind,
    Descriptor: id,
    Configuration,
    Relationship,
    Artifact,
    LogicalEntry: name,
    Invocation,
    Override,
    Notification,
    VersionControl: revision_id,
);
