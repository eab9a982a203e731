using System.Globalization;
using OpenCode.Configuration;
using OpenCode.Hooks;
using OpenCode.Layers;

namespace OpenCode.Tasks;

/// <summary>The hooks that a configuration asks for. They take part in every change of the store, whichever face it comes from.</summary>
public static class ConfiguredHooks
{
    /// <summary>What they are, in the order of the file. Opens nothing.</summary>
    public static IReadOnlyList<Hook> List(OpenCodeConfiguration configuration) => [.. Describe(configuration).Select(h => h.Hook)];

    internal static HookTable Build(OpenCodeConfiguration configuration, TaskWay way, TaskCheckpoints checkpoints, PlanLayer plan)
    {
        var table = new HookTable();
        foreach (var (hook, setting) in Describe(configuration))
        {
            IHookAction action = setting.BuiltIn switch
            {
                "checkpoint" => new CheckpointHook(checkpoints),
                "gitBranch" => new GitBranchHook(setting.Repository!),
                "planFile" => new PlanFileHook(way, plan),
                _ => new ProcessHook(setting.Command, setting.Folder, configuration.DataRoot),
            };
            table.Add(new HookEntry(hook, action));
        }

        return table;
    }

    private static IEnumerable<(Hook Hook, HookSetting Setting)> Describe(OpenCodeConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var source = configuration.Entries.FirstOrDefault(e => e.Key == "hooks")?.Source ?? "configuration";
        var number = 0;
        foreach (var setting in configuration.Hooks)
        {
            foreach (var moment in Moments(setting))
            {
                // Counted, not random: every process on the store calls a hook by the same id.
                number++;
                yield return (new Hook
                {
                    Id = string.Create(CultureInfo.InvariantCulture, $"hook_configured_{number}"),
                    Name = setting.Name ?? setting.BuiltIn ?? Path.GetFileName(setting.Command[0]),
                    Event = moment,
                    Priority = setting.Priority,
                    Blocking = setting.Blocking,
                    Timeout = setting.Timeout,
                    Kind = setting.BuiltIn is null ? HookKind.Process : HookKind.BuiltIn,
                    Source = source,
                    Action = setting.BuiltIn is null ? string.Join(' ', setting.Command) : setting.Repository ?? "",
                }, setting);
            }
        }
    }

    private static HookEvent[] Moments(HookSetting setting) => setting.BuiltIn switch
    {
        "checkpoint" => [HookEvent.BeforeTaskComplete],
        "gitBranch" => [HookEvent.BeforeTaskStart],
        "planFile" => [HookEvent.AfterTaskStart, HookEvent.AfterTaskComplete, HookEvent.AfterTaskFail],
        _ => [setting.Event!.Value],
    };
}
