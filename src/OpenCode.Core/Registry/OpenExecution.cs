using OpenCode.Common;

namespace OpenCode.Registry;

/// <summary>A command whose end is not recorded.</summary>
/// <param name="Execution">What is known of it.</param>
/// <param name="Watcher">The process that ran it and records its end.</param>
public sealed record OpenExecution(Execution Execution, ProcessIdentity Watcher);
