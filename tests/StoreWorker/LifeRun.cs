using OpenCode.Common;

namespace OpenCode.Tests.StoreWorker;

/// <summary>Lives a life, operation by operation, unless it dies on the way.</summary>
/// <param name="root">The data root.</param>
/// <param name="acknowledgements">The file that is told of every operation that is done.</param>
/// <param name="trace">The file that is told of the steps, when the life came to its end; beside it what could be seen after each operation.</param>
internal sealed class LifeRun(string root, string acknowledgements, string trace)
{
    public async Task<int> RunAsync(
        IReadOnlyList<(string Name, Func<OpenCodeRuntime, CancellationToken, Task> Do)> operations,
        Func<OpenCodeRuntime, CancellationToken, Task<string>> tell,
        Death death)
    {
        var ended = new List<string>();
        await using (var runtime = await OpenCodeRuntime.OpenAsync(Life.Configuration(root), TimeProvider.System, new StepProbe(death.Reached), () => ProcessIdentity.Current, null, CancellationToken.None))
        {
            foreach (var (name, work) in operations)
            {
                await work(runtime, CancellationToken.None);
                // The acknowledgement: from here on the operation must never be lost.
                await File.AppendAllTextAsync(acknowledgements, name + "\n");
                ended.Add(await tell(runtime, CancellationToken.None));
            }
        }

        await File.WriteAllLinesAsync(trace, death.Trace);
        await File.WriteAllLinesAsync(trace + ".stories", ended);
        return 0;
    }
}
