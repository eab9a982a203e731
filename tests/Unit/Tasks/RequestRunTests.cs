using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

public sealed class RequestRunTests
{
    [Fact]
    public async Task Request_of_a_dead_process_is_resumed_with_its_planned_id_and_answered_once()
    {
        await using var store = await TestStore.OpenAsync();
        var dead = ProcessIdentity.Current with { ProcessId = int.MaxValue };
        await using (var died = await OpenCodeRuntime.OpenAsync(store.Configuration, store.Clock, StepProbe.None, () => dead, null, TestStore.Token))
        {
            // Begun, and never ended: what a process leaves that is killed in the middle of its work.
            var begun = await died.Registry.WriteAsync(new BeginRequest("key", "create_task_sandbox", Hash("{}"), "task_planned"), TestStore.Token);
            Assert.Equal(new RequestClaim(null, "task_planned", InProgress: false, Resumed: false), begun);
        }

        var runs = new List<RequestRun>();
        for (var i = 0; i < 2; i++)
        {
            var answer = await store.Runtime.Requests.OnceAsync("key", "create_task_sandbox", "{}", (run, _) => { runs.Add(run); return Task.FromResult(new RequestAnswer("42")); }, TestStore.Token);
            Assert.Equal("42", answer);
        }

        Assert.Equal(new RequestRun("task_planned", Resumed: true), Assert.Single(runs));
    }

    private static string Hash(string text) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
}
