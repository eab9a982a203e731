using OpenCode.Hooks;

namespace OpenCode.Tests.Unit.Hooks;

/// <summary>A hook of a test's own.</summary>
internal sealed class TestHook(Func<HookInvocation, CancellationToken, Task> run) : IHookAction
{
    public Task RunAsync(HookInvocation invocation, CancellationToken cancellationToken) => run(invocation, cancellationToken);

    /// <summary>Adds a hook to a table.</summary>
    public static Hook Add(HookTable table, HookEvent moment, Func<HookInvocation, CancellationToken, Task> run, string? name = null, int priority = 10, bool blocking = false, int seconds = 30)
    {
        var hook = new Hook
        {
            Id = $"hook_{Guid.NewGuid():N}",
            Name = name ?? moment.ToString(),
            Event = moment,
            Priority = priority,
            Blocking = blocking,
            Timeout = TimeSpan.FromSeconds(seconds),
            Source = "test",
        };
        table.Add(new HookEntry(hook, new TestHook(run)));
        return hook;
    }

    /// <summary>A table that takes part in the calls the test makes from here on.</summary>
    public static HookTable Scope() => HookScope.Current = new HookTable();
}
