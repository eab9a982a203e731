using OpenCode.Common;

namespace OpenCode.Hooks;

/// <summary>
/// Which hooks the present call is made from: a hook may change its own task, and then neither waits for itself nor is run
/// again by what it does. The flow follows a call through threads, and through the environment into processes that a hook starts.
/// </summary>
public sealed class HookFlow
{
    /// <summary>The environment's variable that carries the flow into a hook's processes.</summary>
    public const string Variable = "OPENCODE_HOOK_FLOW";

    /// <summary>Hooks that set off hooks that set off hooks: no deeper.</summary>
    public const int MostDepth = 16;

    private static readonly AsyncLocal<HookFlow?> Ambient = new();

    private static readonly Lazy<HookFlow?> Inherited = new(() => Parse(Environment.GetEnvironmentVariable(Variable)));

    private readonly HookFlow? _outer;
    private readonly string _taskId;
    private readonly string _hookId;
    private readonly string _hookName;
    private readonly bool _before;

    private HookFlow(HookFlow? outer, string taskId, string hookId, string hookName, bool before)
    {
        _outer = outer;
        _taskId = taskId;
        _hookId = hookId;
        _hookName = hookName;
        _before = before;
    }

    private static HookFlow? Current => Ambient.Value ?? Inherited.Value;

    /// <summary>True while the hook runs for the task in this flow.</summary>
    public static bool Runs(string taskId, string hookId) => Frames().Any(f => f._taskId == taskId && f._hookId == hookId);

    /// <summary>True when a hook that runs before a change of the task is in this flow: the change's claim on the task's hooks is this flow's too.</summary>
    public static bool HasClaim(string taskId) => Frames().Any(f => f._taskId == taskId && f._before);

    /// <summary>Who makes a change: the operator, from within a hook of the task, is that hook.</summary>
    public static Actor Act(string taskId, Actor actor) =>
        actor.Agent is null && Frames().FirstOrDefault(f => f._taskId == taskId) is { } frame ? actor with { Hook = frame._hookName } : actor;

    /// <summary>Enters a hook, for as long as the calling asynchronous method runs.</summary>
    /// <exception cref="OpenCodeException">LimitExceeded: hooks set each other off without end.</exception>
    public static void Enter(string taskId, Hook hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        if (Frames().Count() >= MostDepth)
        {
            throw new OpenCodeException(OpenCodeError.LimitExceeded, $"The hook '{hook.Name}' was not run: hooks have set each other off {MostDepth} deep, which is the limit.", taskId);
        }

        Ambient.Value = new HookFlow(Current, taskId, hook.Id, hook.Name, HookTable.IsBefore(hook.Event));
    }

    /// <summary>The present flow for the environment of a process; null when there is none.</summary>
    public static string? ForEnvironment()
    {
        var frames = Frames().Select(f => $"{f._taskId}/{f._hookId}/{(f._before ? "before" : "after")}/{Uri.EscapeDataString(f._hookName)}").Reverse();
        return string.Join(';', frames) is { Length: > 0 } text ? text : null;
    }

    private static IEnumerable<HookFlow> Frames()
    {
        for (var frame = Current; frame is not null; frame = frame._outer)
        {
            yield return frame;
        }
    }

    // What is not of our form was not set by us, and says nothing.
    private static HookFlow? Parse(string? text)
    {
        HookFlow? flow = null;
        foreach (var frame in (text ?? "").Split(';').Take(MostDepth))
        {
            if (frame.Split('/') is [var task, var hook, var phase, var name] && Input.IsId(task) && Input.IsId(hook))
            {
                flow = new HookFlow(flow, task, hook, Uri.UnescapeDataString(name), phase == "before");
            }
        }

        return flow;
    }
}
