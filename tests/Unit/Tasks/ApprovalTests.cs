using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Tasks;

public sealed class ApprovalTests : IAsyncLifetime
{
    private static readonly ApprovalAsk Ask = new("T", "delete_task", """{"force":true,"taskId":"T"}""", "Delete T?");

    private TestStore _store = null!;

    private TaskApprovals Approvals => _store.Runtime.Approvals;

    public async ValueTask InitializeAsync()
    {
        _store = await TestStore.OpenAsync();
        await _store.Runtime.Tasks.CreateAsync(new NewTask { Name = "n", Id = "T" }, TestStore.Token);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Request_waits_is_approved_once_and_used_once_across_processes()
    {
        var asked = await Approvals.TakeAsync(Ask, TestStore.Token);
        Assert.Equal((ApprovalStatus.Waiting, "Delete T?"), (asked.Status, asked.Question));
        Assert.Equal(asked.Id, (await Approvals.TakeAsync(Ask, TestStore.Token)).Id);
        Assert.Equal(asked, Assert.Single(await Approvals.ListAsync(true, TestStore.Token)));

        await using (var other = await _store.AgainAsync())
        {
            Assert.Equal(ApprovalStatus.Approved, (await other.Approvals.AnswerAsync(asked.Id, true, TestStore.Token)).Status);
        }

        await RefusedAsync(OpenCodeError.InvalidTransition, () => Approvals.AnswerAsync(asked.Id, false, TestStore.Token));
        Assert.Equal((asked.Id, ApprovalStatus.Used), Standing(await Approvals.TakeAsync(Ask, TestStore.Token)));
        var next = await Approvals.TakeAsync(Ask, TestStore.Token);
        Assert.NotEqual(asked.Id, next.Id);
        Assert.Equal(ApprovalStatus.Waiting, next.Status);
        Assert.Contains((await _store.Runtime.Memory.HistoryAsync("T", new LogQuery(), TestStore.Token)).Entries, entry => entry.Message.Contains($"approved by", StringComparison.Ordinal) && entry.Message.Contains(asked.Id, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Denial_stands_until_its_time_has_passed()
    {
        var asked = await Approvals.TakeAsync(Ask, TestStore.Token);
        await Approvals.AnswerAsync(asked.Id, false, TestStore.Token);

        Assert.Equal((asked.Id, ApprovalStatus.Denied), Standing(await Approvals.TakeAsync(Ask, TestStore.Token)));
        _store.Clock.Advance(TaskApprovals.Lasts);
        Assert.Equal(ApprovalStatus.Waiting, (await Approvals.TakeAsync(Ask, TestStore.Token)).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Request_that_has_expired_is_neither_answered_nor_used(bool approved)
    {
        var asked = await Approvals.TakeAsync(Ask, TestStore.Token);
        if (approved)
        {
            await Approvals.AnswerAsync(asked.Id, true, TestStore.Token);
        }

        _store.Clock.Advance(TaskApprovals.Lasts);

        await RefusedAsync(OpenCodeError.InvalidTransition, () => Approvals.AnswerAsync(asked.Id, true, TestStore.Token));
        Assert.Empty(await Approvals.ListAsync(true, TestStore.Token));
        Assert.Equal(ApprovalStatus.Expired, Assert.Single(await Approvals.ListAsync(false, TestStore.Token)).Status);
        Assert.Equal(ApprovalStatus.Waiting, (await Approvals.TakeAsync(Ask, TestStore.Token)).Status);
    }

    [Fact]
    public async Task Approval_is_for_its_caller_its_tool_and_its_arguments_alone()
    {
        var asked = await Approvals.TakeAsync(Ask, TestStore.Token);
        await Approvals.AnswerAsync(asked.Id, true, TestStore.Token);
        ApprovalAsk[] others = [Ask with { RequestedBy = "ada" }, Ask with { Tool = "restore_checkpoint" }, Ask with { ArgumentsJson = """{"taskId":"T"}""" }];

        foreach (var other in others)
        {
            var waiting = await Approvals.TakeAsync(other, TestStore.Token);
            Assert.Equal(ApprovalStatus.Waiting, waiting.Status);
            await RefusedAsync(OpenCodeError.InvalidArgument, () => Approvals.AnswerAsync(waiting.Id, Ask, true, "x", TestStore.Token));
        }

        Assert.Equal((asked.Id, ApprovalStatus.Used), Standing(await Approvals.TakeAsync(Ask, TestStore.Token)));
    }

    [Fact]
    public async Task Approval_that_many_take_at_once_is_used_by_one()
    {
        var asked = await Approvals.TakeAsync(Ask, TestStore.Token);
        await Approvals.AnswerAsync(asked.Id, true, TestStore.Token);

        var taken = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => Approvals.TakeAsync(Ask, TestStore.Token))));

        Assert.Single(taken, request => request.Status is ApprovalStatus.Used);
        Assert.Single(taken.Where(request => request.Status is ApprovalStatus.Waiting).Select(request => request.Id).Distinct());
    }

    [Fact]
    public async Task Request_that_is_not_there_is_refused_by_name_and_too_many_are_refused_with_their_number()
    {
        var refused = await RefusedAsync(OpenCodeError.InvalidArgument, () => Approvals.AnswerAsync("request_none", true, TestStore.Token));
        Assert.Contains("request_none", refused.Message, StringComparison.Ordinal);

        for (var i = 0; i < 1_000; i++)
        {
            await Approvals.TakeAsync(Ask with { ArgumentsJson = $"{i}" }, TestStore.Token);
        }

        Assert.Contains("1000", (await RefusedAsync(OpenCodeError.LimitExceeded, () => Approvals.TakeAsync(Ask, TestStore.Token))).Message, StringComparison.Ordinal);
        _store.Clock.Advance(TaskApprovals.Lasts);
        await Approvals.TakeAsync(Ask, TestStore.Token);
    }

    private static (string Id, ApprovalStatus Status) Standing(ApprovalRequest request) => (request.Id, request.Status);

    private static async Task<OpenCodeException> RefusedAsync(OpenCodeError error, Func<Task> call)
    {
        var refused = await Assert.ThrowsAsync<OpenCodeException>(call);
        Assert.Equal(error, refused.Error);
        return refused;
    }
}
