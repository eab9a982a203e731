using OpenCode.Registry;
using OpenCode.Tests.LockTaker.Taking;
using OpenCode.Tests.LockTaker.Torture;
using OpenCode.Tests.Unit;

namespace OpenCode.Tests.Integration.Processes;

/// <summary>Real processes with a mixed load on one store, some of which are killed, stopped and misled about the time; what all were told is checked. <c>build.ps1 -Task Torture</c> runs it for longer.</summary>
public sealed class HistoryTests(ITestOutputHelper output)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(2, 12)]
    [InlineData(8, 15)]
    [InlineData(32, 25)]
    public async Task Processes_that_are_killed_stopped_and_misled_tell_a_right_history(int processes, int seconds)
    {
        var folder = Path.Combine(Directory.CreateTempSubdirectory("opencode-history-").FullName, "run");
        var options = new TortureOptions(processes, TimeSpan.FromSeconds(seconds), Random.Shared.Next(), folder);
        output.WriteLine($"seed {options.Seed}, logs in '{options.Logs}'");
        var report = await new TortureRun(options).RunAsync(Token);
        output.WriteLine(report.ToString());
        Assert.True(report.Right, report.ToString());

        // What was told is right; and the registry and the files tell it alike.
        await using (var runtime = await OpenCodeRuntime.OpenAsync(TakerProgram.Configuration(options.DataRoot), Token))
        {
            await foreach (var task in runtime.Tasks.StreamAsync(new TaskQuery(), Token))
            {
                await Agreement.CheckAsync(runtime, task.Id, Token);
            }
        }

        Directory.Delete(Path.GetDirectoryName(folder)!, recursive: true);
    }
}
