namespace OpenCode.Cmdlets.Pipeline;

/// <summary>Where a record goes.</summary>
internal enum PipelineRecordKind
{
    Output,
    Failure,
    Verbose,
    Debug,
    Warning,
    Progress,
    Call,
}
