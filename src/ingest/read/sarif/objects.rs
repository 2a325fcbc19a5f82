//! The SARIF objects this reader looks at, with the properties it looks at; all others cost nothing.
//!
//! The defaults stand at the fields and not at the objects: at an object, serde makes a whole default object for each
//! one it reads.

use std::borrow::Cow;

use serde::Deserialize;

use super::wire::{Bag, Int, Loose, Many, Map, One, Text};

/// `result`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ResultObject<'a> {
    #[serde(borrow, default)]
    pub(super) rule_id: Text<'a>,
    #[serde(default)]
    pub(super) rule_index: Int,
    #[serde(default)]
    pub(super) rule: One<Reference<'a>>,
    #[serde(default)]
    pub(super) kind: Text<'a>,
    #[serde(default)]
    pub(super) level: Text<'a>,
    #[serde(default)]
    pub(super) message: One<Message<'a>>,
    #[serde(default)]
    pub(super) locations: Many<One<Location<'a>>>,
    #[serde(default)]
    pub(super) related_locations: Many<One<Location<'a>>>,
    #[serde(default)]
    pub(super) code_flows: Many<One<CodeFlow<'a>>>,
    #[serde(default)]
    pub(super) fixes: Many<One<FixObject<'a>>>,
    #[serde(default)]
    pub(super) fingerprints: Bag<'a>,
    #[serde(default)]
    pub(super) partial_fingerprints: Bag<'a>,
    #[serde(default)]
    pub(super) correlation_guid: Text<'a>,
    #[serde(default)]
    pub(super) suppressions: Many<One<SuppressionObject<'a>>>,
    #[serde(default)]
    pub(super) baseline_state: Text<'a>,
    #[serde(default)]
    pub(super) rank: Text<'a>,
    #[serde(default)]
    pub(super) taxa: Many<One<Reference<'a>>>,
    #[serde(default)]
    pub(super) analysis_target: One<ArtifactLocation<'a>>,
    #[serde(default)]
    pub(super) occurrence_count: Int,
    #[serde(default)]
    pub(super) hosted_viewer_uri: Text<'a>,
    #[serde(default)]
    pub(super) work_item_uris: Many<Text<'a>>,
    #[serde(default)]
    pub(super) properties: Bag<'a>,
}

/// `reportingDescriptorReference`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Reference<'a> {
    #[serde(borrow, default)]
    pub(super) id: Text<'a>,
    #[serde(default)]
    pub(super) index: Int,
    #[serde(default)]
    pub(super) guid: Text<'a>,
    #[serde(default)]
    pub(super) tool_component: One<ComponentReference<'a>>,
}

/// `toolComponentReference`
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct ComponentReference<'a> {
    #[serde(borrow, default)]
    pub(super) name: Text<'a>,
    #[serde(default)]
    pub(super) index: Int,
    #[serde(default)]
    pub(super) guid: Text<'a>,
}

/// `message`, `multiformatMessageString`
#[derive(Debug, Default, Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow, default)]
    pub(super) text: Text<'a>,
    #[serde(default)]
    pub(super) markdown: Text<'a>,
    #[serde(default)]
    pub(super) id: Text<'a>,
    #[serde(default)]
    pub(super) arguments: Many<Text<'a>>,
}

/// `location`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location<'a> {
    #[serde(borrow, default)]
    pub(super) physical_location: One<PhysicalLocation<'a>>,
    #[serde(default)]
    pub(super) logical_locations: Many<One<LogicalLocation<'a>>>,
    #[serde(default)]
    pub(super) message: One<Message<'a>>,
}

/// `physicalLocation`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PhysicalLocation<'a> {
    #[serde(borrow, default)]
    pub(super) artifact_location: One<ArtifactLocation<'a>>,
    #[serde(default)]
    pub(super) region: One<Region<'a>>,
    #[serde(default)]
    pub(super) context_region: One<Region<'a>>,
}

/// `artifactLocation`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ArtifactLocation<'a> {
    #[serde(borrow, default)]
    pub(super) uri: Text<'a>,
    #[serde(default)]
    pub(super) uri_base_id: Text<'a>,
    #[serde(default)]
    pub(super) index: Int,
}

/// `region`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Region<'a> {
    #[serde(default)]
    pub(super) start_line: Int,
    #[serde(default)]
    pub(super) start_column: Int,
    #[serde(default)]
    pub(super) end_line: Int,
    #[serde(default)]
    pub(super) end_column: Int,
    #[serde(default)]
    pub(super) char_offset: Int,
    #[serde(default)]
    pub(super) byte_offset: Int,
    #[serde(borrow, default)]
    pub(super) snippet: One<Content<'a>>,
}

/// `artifactContent`
#[derive(Debug, Default, Deserialize)]
pub(super) struct Content<'a> {
    #[serde(borrow, default)]
    pub(super) text: Text<'a>,
    #[serde(default)]
    pub(super) binary: Text<'a>,
}

/// `logicalLocation`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogicalLocation<'a> {
    #[serde(borrow, default)]
    pub(super) name: Text<'a>,
    #[serde(default)]
    pub(super) fully_qualified_name: Text<'a>,
    #[serde(default)]
    pub(super) index: Int,
}

/// `codeFlow`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CodeFlow<'a> {
    #[serde(borrow, default)]
    pub(super) thread_flows: Many<One<ThreadFlow<'a>>>,
}

/// `threadFlow`
#[derive(Debug, Default, Deserialize)]
pub(super) struct ThreadFlow<'a> {
    #[serde(borrow, default)]
    pub(super) locations: Many<One<ThreadFlowLocation<'a>>>,
}

/// `threadFlowLocation`
#[derive(Debug, Default, Deserialize)]
pub(super) struct ThreadFlowLocation<'a> {
    #[serde(borrow, default)]
    pub(super) location: One<Location<'a>>,
    #[serde(default)]
    pub(super) index: Int,
}

/// `fix`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FixObject<'a> {
    #[serde(borrow, default)]
    pub(super) description: One<Message<'a>>,
    #[serde(default)]
    pub(super) artifact_changes: Many<One<ArtifactChange<'a>>>,
}

/// `artifactChange`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ArtifactChange<'a> {
    #[serde(borrow, default)]
    pub(super) artifact_location: One<ArtifactLocation<'a>>,
    #[serde(default)]
    pub(super) replacements: Many<One<Replacement<'a>>>,
}

/// `replacement`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Replacement<'a> {
    #[serde(borrow, default)]
    pub(super) deleted_region: One<Region<'a>>,
    #[serde(default)]
    pub(super) inserted_content: One<Content<'a>>,
}

/// `suppression`
#[derive(Debug, Default, Deserialize)]
pub(super) struct SuppressionObject<'a> {
    #[serde(borrow, default)]
    pub(super) kind: Text<'a>,
    #[serde(default)]
    pub(super) status: Text<'a>,
    #[serde(default)]
    pub(super) state: Text<'a>,
    #[serde(default)]
    pub(super) justification: Text<'a>,
}

/// `reportingDescriptor`: a rule or a taxon.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Descriptor<'a> {
    #[serde(borrow, default)]
    pub(super) id: Text<'a>,
    #[serde(default)]
    pub(super) guid: Text<'a>,
    #[serde(default)]
    pub(super) name: Text<'a>,
    #[serde(default)]
    pub(super) deprecated_ids: Many<Text<'a>>,
    #[serde(default)]
    pub(super) short_description: One<Message<'a>>,
    #[serde(default)]
    pub(super) full_description: One<Message<'a>>,
    #[serde(default)]
    pub(super) help: One<Message<'a>>,
    #[serde(default)]
    pub(super) help_uri: Text<'a>,
    #[serde(default)]
    pub(super) message_strings: Map<'a, One<Message<'a>>>,
    #[serde(default)]
    pub(super) default_configuration: One<Configuration<'a>>,
    #[serde(default)]
    pub(super) relationships: Many<One<Relationship<'a>>>,
    #[serde(default)]
    pub(super) properties: Bag<'a>,
}

/// `reportingConfiguration`
#[derive(Debug, Default, Deserialize)]
pub(super) struct Configuration<'a> {
    #[serde(borrow, default)]
    pub(super) level: Text<'a>,
}

/// `reportingDescriptorRelationship`
#[derive(Debug, Default, Deserialize)]
pub(super) struct Relationship<'a> {
    #[serde(borrow, default)]
    pub(super) target: One<Reference<'a>>,
    #[serde(default)]
    pub(super) kinds: Many<Text<'a>>,
}

/// `artifact`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Artifact<'a> {
    #[serde(borrow, default)]
    pub(super) location: One<ArtifactLocation<'a>>,
    #[serde(default)]
    pub(super) parent_index: Int,
    #[serde(default)]
    pub(super) roles: Many<Text<'a>>,
}

/// `logicalLocation` in a run's own list.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogicalEntry<'a> {
    #[serde(borrow, default)]
    pub(super) name: Text<'a>,
    #[serde(default)]
    pub(super) fully_qualified_name: Text<'a>,
    #[serde(default)]
    pub(super) parent_index: Int,
}

/// `invocation`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Invocation<'a> {
    #[serde(borrow, default)]
    pub(super) start_time_utc: Text<'a>,
    #[serde(default)]
    pub(super) end_time_utc: Text<'a>,
    #[serde(default)]
    pub(super) execution_successful: Text<'a>,
    #[serde(default)]
    pub(super) exit_code: Text<'a>,
    #[serde(default)]
    pub(super) exit_code_description: Text<'a>,
    #[serde(default)]
    pub(super) exit_signal_name: Text<'a>,
    #[serde(default)]
    pub(super) process_start_failure_message: Text<'a>,
    #[serde(default)]
    pub(super) working_directory: One<ArtifactLocation<'a>>,
    #[serde(default)]
    pub(super) rule_configuration_overrides: Many<One<Override<'a>>>,
    #[serde(default)]
    pub(super) tool_execution_notifications: Many<One<Notification<'a>>>,
    #[serde(default)]
    pub(super) tool_configuration_notifications: Many<One<Notification<'a>>>,
}

/// `configurationOverride`
#[derive(Debug, Default, Deserialize)]
pub(super) struct Override<'a> {
    #[serde(borrow, default)]
    pub(super) configuration: One<Configuration<'a>>,
    #[serde(default)]
    pub(super) descriptor: One<Reference<'a>>,
}

/// `notification`
#[derive(Debug, Default, Deserialize)]
pub(super) struct Notification<'a> {
    #[serde(borrow, default)]
    pub(super) level: Text<'a>,
    #[serde(default)]
    pub(super) message: One<Message<'a>>,
    #[serde(default)]
    pub(super) descriptor: One<Reference<'a>>,
    #[serde(default)]
    pub(super) locations: Many<One<Location<'a>>>,
}

/// `versionControlDetails`
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VersionControl<'a> {
    #[serde(borrow, default)]
    pub(super) revision_id: Text<'a>,
    #[serde(default)]
    pub(super) branch: Text<'a>,
    #[serde(default)]
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
