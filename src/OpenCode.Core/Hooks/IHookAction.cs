namespace OpenCode.Hooks;

/// <summary>What a hook does.</summary>
public interface IHookAction
{
    /// <summary>Does it. An exception is the hook's failure; its message is what is logged.</summary>
    /// <param name="invocation">What happens to which task.</param>
    /// <param name="cancellationToken">The hook's time is up, or nobody waits any more: ends what was begun, wholly.</param>
    Task RunAsync(HookInvocation invocation, CancellationToken cancellationToken);
}
