using System.Globalization;
using OpenCode.Layers;
using OpenCode.Monitoring;
using OpenCode.Registry;

namespace OpenCode.Tasks.Probes;

/// <summary>Whether the states of the newest tasks are sound. A sample: nobody wants a look at health to read every task.</summary>
internal sealed class TaskFilesProbe(TaskWay way) : IHealthProbe
{
    private const int Sample = 20;

    public string Name => "Tasks";

    public async ValueTask<HealthFinding> LookAsync(CancellationToken cancellationToken)
    {
        var page = await way.Registry.ListAsync(new TaskQuery { First = Sample }, cancellationToken).ConfigureAwait(false);
        var damaged = new List<OpenCodeException>();
        foreach (var task in page.Tasks)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // One whose files are behind or that is being deleted is told of by the other probes.
            if (await way.Registry.FindAsync(task.Id, cancellationToken).ConfigureAwait(false) is { } row && row.ProjectedSeq == row.LastSeq)
            {
                try
                {
                    _ = StateLayer.Read(way.Folder(task.Id));
                }
                catch (OpenCodeException e) when (e.Error is OpenCodeError.StateCorrupt)
                {
                    if (await way.Registry.FindAsync(task.Id, cancellationToken).ConfigureAwait(false) is { } present && present.ProjectedSeq == present.LastSeq)
                    {
                        damaged.Add(e);
                    }
                }
            }
        }

        return damaged.Count == 0
            ? HealthFinding.Healthy(string.Create(CultureInfo.InvariantCulture, $"The states of the newest {page.Tasks.Count} of {page.Total} tasks are sound."))
            : HealthFinding.Warning(string.Create(CultureInfo.InvariantCulture, $"Of the newest {page.Tasks.Count} of {page.Total} tasks {damaged.Count} are damaged: {damaged[0].Message}"), "Repair-OcTask mends a task and keeps the damaged file. Get-OcTask | Repair-OcTask looks at all of them.");
    }
}
