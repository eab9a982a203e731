namespace OpenCode.Cmdlets.Completion;

/// <summary>Says that a cmdlet attaches an agent, who need not be one of the task's yet.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class AttachesAttribute : Attribute;
