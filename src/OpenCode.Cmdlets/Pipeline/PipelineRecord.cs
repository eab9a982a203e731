namespace OpenCode.Cmdlets.Pipeline;

/// <summary>Something that work in the background hands to the pipeline thread, which alone may write.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Value">The object, the text, or the progress record.</param>
internal readonly record struct PipelineRecord(PipelineRecordKind Kind, object? Value);
