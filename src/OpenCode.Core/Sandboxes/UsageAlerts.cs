using System.Globalization;

namespace OpenCode.Sandboxes;

/// <summary>Tells when a sandbox comes near one of its limits, and when it is away again: between the two nothing is said, so that a measure that swings around one value is told of once.</summary>
public sealed class UsageAlerts
{
    // A processor that is busy for some seconds is what it is for.
    private const int Minute = 60;

    private static readonly (UsageMeasure Measure, double Raise, double Clear)[] Limits = [(UsageMeasure.Memory, 85, 80), (UsageMeasure.Pids, 80, 70), (UsageMeasure.Cpu, 95, 80)];

    private readonly HashSet<UsageMeasure> _raised = [];
    private readonly Queue<double> _cpu = new();

    /// <summary>Takes a sample, of each second one.</summary>
    /// <returns>What has changed.</returns>
    public IReadOnlyList<UsageAlert> Take(SandboxUsage usage)
    {
        ArgumentNullException.ThrowIfNull(usage);
        _cpu.Enqueue(usage.CpuPercent);
        if (_cpu.Count > Minute)
        {
            _cpu.Dequeue();
        }

        var changes = new List<UsageAlert>();
        foreach (var (measure, raise, clear) in Limits)
        {
            if (Percent(measure, usage) is not { } percent)
            {
                continue;
            }

            if (percent >= raise && _raised.Add(measure))
            {
                changes.Add(new UsageAlert(measure, true, percent, Near(measure, percent, usage)));
            }
            else if (percent < clear && _raised.Remove(measure))
            {
                changes.Add(new UsageAlert(measure, false, percent, string.Create(CultureInfo.InvariantCulture, $"{Name(measure)} of the sandbox: {percent:0} % of the limit again.")));
            }
        }

        return changes;
    }

    private double? Percent(UsageMeasure measure, SandboxUsage usage) => measure switch
    {
        UsageMeasure.Memory => usage.MemoryPercent,
        UsageMeasure.Pids => usage.PidsLimit is { } limit ? 100.0 * usage.Pids / limit : null,
        _ => _cpu.Count < Minute ? null : _cpu.Average() / Math.Max(1, usage.Processors),
    };

    private static string Near(UsageMeasure measure, double percent, SandboxUsage usage) => measure switch
    {
        UsageMeasure.Memory => string.Create(CultureInfo.InvariantCulture, $"Memory of the sandbox: {percent:0} % of {usage.MemoryLimitBytes / 1048576.0:0} MiB. At the limit the kernel kills a process in it."),
        UsageMeasure.Pids => string.Create(CultureInfo.InvariantCulture, $"Processes of the sandbox: {usage.Pids} of {usage.PidsLimit}. At the limit no other can be started."),
        _ => string.Create(CultureInfo.InvariantCulture, $"Processor time of the sandbox: {percent:0} % of all it can have, for a minute."),
    };

    private static string Name(UsageMeasure measure) => measure switch
    {
        UsageMeasure.Memory => "Memory",
        UsageMeasure.Pids => "Processes",
        _ => "Processor time",
    };
}
