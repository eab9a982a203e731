namespace OpenCode.Hooks;

/// <summary>Runs a program of the configuration. It is told the event as JSON on its standard input; another exit code than 0 is its failure.</summary>
/// <param name="command">The argument vector.</param>
/// <param name="folder">The folder of the configuration file: relative paths count from it.</param>
/// <param name="dataRoot">The store, so that the program can use it.</param>
public sealed class ProcessHook(IReadOnlyList<string> command, string folder, string dataRoot) : IHookAction
{
    private readonly HookCommand _command = new(command, folder);

    /// <inheritdoc />
    public Task RunAsync(HookInvocation invocation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(invocation);
        KeyValuePair<string, string>[] environment =
        [
            new("OPENCODE_DATA", dataRoot),
            new("OPENCODE_TASK_ID", invocation.TaskId),
            new("OPENCODE_HOOK_EVENT", InvocationJson.Word(invocation.Event)),
        ];
        return _command.RunAsync(InvocationJson.Write(invocation, dataRoot), environment, cancellationToken);
    }
}
