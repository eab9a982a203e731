using OpenCode.Tests.LockTaker.Histories;

namespace OpenCode.Tests.Unit.Histories;

/// <summary>Histories that are wrong in one way each are found out; those that may have been right are not.</summary>
public sealed class HistoryCheckerTests
{
    private const string Lost = nameof(OpenCodeError.LeaseLost);

    [Fact]
    public void Two_exclusive_holders_at_one_time_are_found()
    {
        var history = new HistoryBuilder().Acquire("a", 0, 10, "r", 1).Acquire("b", 100, 110, "r", 2);
        Expect(history, ViolationKind.TwoExclusiveHolders);
    }

    [Fact]
    public void Two_agents_on_an_exclusive_task_at_one_time_are_found()
    {
        var history = new HistoryBuilder().Attach("a", 0, 10, "t", 1).Attach("b", 100, 110, "t", 2);
        Expect(history, ViolationKind.TwoExclusiveHolders);
    }

    [Fact]
    public void Grant_that_was_over_before_it_was_told_but_made_while_another_held_is_found()
    {
        // b was stopped between its grant and its answer, and holds nothing any more when it is told; it cannot have been granted at any time between.
        var history = new HistoryBuilder().Acquire("a", 0, 10, "r", 1, lease: 5_000).Call(
            "b", 100, 4_000, Operation.Acquire, e => e with { Resources = ["r"] }, e => e with { Leases = [new SeenLease("r", "b", 2, LeaseMode.Exclusive, 1_200, true)] });
        Expect(history, ViolationKind.TwoExclusiveHolders);
    }

    [Fact]
    public void Holder_whose_lease_was_renewed_keeps_others_out()
    {
        var history = new HistoryBuilder().Acquire("a", 0, 10, "r", 1).Renew("a", 900, 910, "r", 1).Acquire("b", 1_500, 1_510, "r", 2);
        Expect(history, ViolationKind.TwoExclusiveHolders);
    }

    [Fact]
    public void Detached_lease_of_a_killed_holder_keeps_others_out_until_its_end()
    {
        var history = new HistoryBuilder().Acquire("a", 0, 10, "r", 1, bound: false).Kill("a", 50, 60).Acquire("b", 500, 510, "r", 2);
        Expect(history, ViolationKind.TwoExclusiveHolders);
    }

    [Theory]
    [InlineData(LeaseMode.Exclusive, LeaseMode.Collaborative)]
    [InlineData(LeaseMode.Collaborative, LeaseMode.Exclusive)]
    public void Exclusive_beside_collaborative_is_found(LeaseMode first, LeaseMode second)
    {
        var history = new HistoryBuilder().Acquire("a", 0, 10, "r", 1, first).Acquire("b", 100, 110, "r", 2, second);
        Expect(history, ViolationKind.ExclusiveBesideCollaborative);
    }

    [Fact]
    public void Lock_that_is_given_on_before_its_process_leaves_is_found() =>
        Expect(new HistoryBuilder().Acquire("a", 0, 10, "r", 1).Acquire("b", 20, 30, "r", 2).Leave("a", 50, 60), ViolationKind.TwoExclusiveHolders);

    [Fact]
    public void Lock_of_a_process_that_left_and_is_not_to_be_had_is_found() => Expect(
        new HistoryBuilder().Acquire("a", 0, 10, "r", 1, lease: 5_000).Leave("a", 20, 30)
            .Call("b", 200, 210, Operation.Leases, e => e, e => e with { Leases = [new SeenLease("r", "a", 1, LeaseMode.Exclusive, 5_010, true)] }), ViolationKind.Stuck);

    [Fact]
    public void Leases_that_exclude_each_other_seen_in_one_answer_are_found()
    {
        var history = new HistoryBuilder().Call("a", 0, 10, Operation.Leases, e => e, e => e with
        {
            Leases = [new SeenLease("r", "b", 1, LeaseMode.Exclusive, 100, true), new SeenLease("r", "c", 2, LeaseMode.Collaborative, 100, true)],
        });
        Expect(history, ViolationKind.ExclusiveBesideCollaborative);
    }

    [Fact]
    public void Fence_that_does_not_grow_is_found()
    {
        var history = new HistoryBuilder().Acquire("a", 0, 10, "r", 7).Release("a", 20, 30, "r", 7).Acquire("b", 100, 110, "r", 6);
        Expect(history, ViolationKind.FenceNotGrown);
    }

    [Fact]
    public void Fence_that_is_given_twice_is_found()
    {
        var history = new HistoryBuilder().Acquire("a", 0, 10, "r", 7).Release("a", 20, 30, "r", 7).Acquire("b", 100, 110, "r", 7);
        Expect(history, ViolationKind.FenceNotGrown);
    }

    [Fact]
    public void Journal_whose_fences_do_not_grow_is_found()
    {
        Expect(new HistoryBuilder().Journal("t", ("a", 5), ("b", 4)), ViolationKind.FenceNotGrown);
    }

    [Fact]
    public void Change_with_a_fence_after_the_next_grant_was_told_is_found()
    {
        var history = new HistoryBuilder().Claim("a", 0, 10, "t", 1).Claim("b", 2_000, 2_010, "t", 2, attempt: 1).Write("a", 2_020, 2_030, Operation.Update, "t", 1);
        Expect(history, ViolationKind.OldFenceAccepted);
    }

    [Fact]
    public void Change_with_a_fence_that_was_given_back_is_found()
    {
        var history = new HistoryBuilder().Claim("a", 0, 10, "t", 1).Write("a", 20, 30, Operation.Detach, "t", 1).Write("a", 40, 50, Operation.State, "t", 1);
        Expect(history, ViolationKind.OldFenceAccepted);
    }

    [Fact]
    public void Change_after_its_holder_was_silent_for_longer_than_its_lease_is_found()
    {
        var history = new HistoryBuilder().Claim("a", 0, 10, "t", 1).Write("a", 500, 510, Operation.Log, "t", 1).Write("a", 1_600, 1_610, Operation.Log, "t", 1);
        Expect(history, ViolationKind.OldFenceAccepted);
    }

    [Fact]
    public void Change_with_a_fence_that_an_operators_change_has_moved_on_is_found()
    {
        var history = new HistoryBuilder().Claim("a", 0, 10, "t", 1).Call("o", 20, 30, Operation.OperatorUpdate, e => e with { Task = "t" }).Write("a", 40, 50, Operation.Update, "t", 1);
        Expect(history, ViolationKind.OldFenceAccepted);
    }

    [Fact]
    public void Change_with_a_fence_its_holder_was_told_is_lost_is_found()
    {
        var history = new HistoryBuilder().Claim("a", 0, 10, "t", 1).Write("a", 1_200, 1_210, Operation.Update, "t", 1, Lost).Write("a", 1_220, 1_230, Operation.Update, "t", 1);
        Expect(history, ViolationKind.OldFenceAccepted);
    }

    [Fact]
    public void Renewal_of_a_lock_that_another_was_granted_is_found()
    {
        var history = new HistoryBuilder().Acquire("a", 0, 10, "r", 1).Acquire("b", 1_100, 1_110, "r", 2).Renew("a", 1_120, 1_130, "r", 1);
        Expect(history, ViolationKind.OldFenceAccepted, ViolationKind.TwoExclusiveHolders);
    }

    [Fact]
    public void Change_under_a_lock_that_was_lost_is_found()
    {
        var history = new HistoryBuilder().Acquire("a", 0, 10, "r", 1).Acquire("b", 1_100, 1_110, "r", 2)
            .Call("a", 1_120, 1_130, Operation.Update, e => e with { Task = "t", Guard = "r", GuardFence = 1 });
        Expect(history, ViolationKind.OldFenceAccepted);
    }

    [Fact]
    public void Loss_of_what_is_surely_held_is_found()
    {
        var history = new HistoryBuilder().Claim("a", 0, 10, "t", 1).Write("a", 500, 510, Operation.Update, "t", 1, Lost);
        Expect(history, ViolationKind.RefusedThoughHeld);
    }

    [Theory]
    [InlineData("Running", null)]
    [InlineData("Completed", "b#9")]
    public void Completion_that_is_not_in_the_registry_is_found(string status, string? mark)
    {
        var history = new HistoryBuilder().Claim("a", 0, 10, "t", 1).Write("a", 20, 30, Operation.Complete, "t", 1, key: "a#1").Final("t", status, mark);
        Expect(history, ViolationKind.CompleteLost);
    }

    [Fact]
    public void Completion_of_a_task_that_is_gone_is_found()
    {
        Expect(new HistoryBuilder().Claim("a", 0, 10, "t", 1).Write("a", 20, 30, Operation.Complete, "t", 1, key: "a#1"), ViolationKind.CompleteLost);
    }

    [Fact]
    public void Two_completions_of_one_task_are_found()
    {
        var history = new HistoryBuilder().Claim("a", 0, 10, "t", 1).Write("a", 20, 30, Operation.Complete, "t", 1, key: "a#1")
            .Write("b", 40, 50, Operation.Complete, "t", 0, key: "a#1").Final("t", "Completed", "a#1");
        Expect(history, ViolationKind.CompletedTwice);
    }

    [Fact]
    public void Completion_that_was_refused_and_made_is_found()
    {
        var history = new HistoryBuilder().Claim("a", 0, 10, "t", 1).Write("a", 1_200, 1_210, Operation.Complete, "t", 1, Lost, "a#1").Final("t", "Completed", "a#1");
        Expect(history, ViolationKind.RefusedButDone);
    }

    [Fact]
    public void Attempt_that_is_given_to_two_is_found()
    {
        var history = new HistoryBuilder().Claim("a", 0, 10, "t", 1).Claim("b", 2_000, 2_010, "t", 2);
        Expect(history, ViolationKind.ClaimNotOnce);
    }

    [Fact]
    public void Claim_that_the_journal_does_not_know_is_found()
    {
        var history = new HistoryBuilder().Claim("a", 0, 10, "t", 2).Journal("t", ("b", 1));
        Expect(history, ViolationKind.ClaimNotOnce);
    }

    [Fact]
    public void Merge_that_is_not_in_the_registry_at_the_end_is_found()
    {
        var history = new HistoryBuilder().Claim("a", 0, 10, "t", 1).Write("a", 20, 30, Operation.Update, "t", 1, key: "meta:a", value: 3).Final("t", "Running", null, ("meta:a", 2));
        Expect(history, ViolationKind.MergeLost);
    }

    [Fact]
    public void Merge_that_a_later_reader_does_not_see_is_found()
    {
        var history = new HistoryBuilder().Claim("a", 0, 10, "t", 1).Write("a", 20, 30, Operation.Update, "t", 1, key: "meta:a", value: 1).Get("r", 40, 50, "t").Final("t", "Running", null, ("meta:a", 1));
        Expect(history, ViolationKind.MergeLost);
    }

    [Fact]
    public void Merge_that_was_refused_and_made_is_found()
    {
        var history = new HistoryBuilder().Claim("a", 0, 10, "t", 1).Write("a", 1_200, 1_210, Operation.Update, "t", 1, Lost, "meta:a", 1).Get("r", 1_300, 1_310, "t", ("meta:a", 1));
        Expect(history, ViolationKind.RefusedButDone);
    }

    [Fact]
    public void Lock_of_a_dead_process_that_is_still_shown_is_found()
    {
        var history = new HistoryBuilder().Acquire("a", 0, 10, "r", 1, lease: 5_000).Kill("a", 20, 30)
            .Call("b", 200, 210, Operation.Leases, e => e, e => e with { Leases = [new SeenLease("r", "a", 1, LeaseMode.Exclusive, 5_010, true)] });
        Expect(history, ViolationKind.Stuck);
    }

    [Fact]
    public void Agent_of_a_dead_process_that_is_still_shown_after_its_lease_is_found()
    {
        var history = new HistoryBuilder().Claim("a", 0, 10, "t", 1).Kill("a", 20, 30)
            .Call("b", 1_200, 1_210, Operation.Leases, e => e, e => e with { Leases = [HistoryBuilder.TaskLease("t", "a", 1, 1_010)] });
        Expect(history, ViolationKind.Stuck);
    }

    [Fact]
    public void Refusal_for_a_dead_holder_after_its_lease_is_found()
    {
        var history = new HistoryBuilder().Acquire("a", 0, 10, "r", 1).Kill("a", 20, 30)
            .Call("b", 1_200, 1_210, Operation.Acquire, e => e with { Resources = ["r"] }, e => e with { Error = nameof(OpenCodeError.LockHeld), Holder = "a", Target = "r" });
        Expect(history, ViolationKind.Stuck);
    }

    [Fact]
    public void Claim_that_is_given_nothing_while_a_dead_agents_task_is_to_be_had_is_found()
    {
        Expect(new HistoryBuilder().Claim("a", 0, 10, "t", 1).Kill("a", 20, 30).Claim("b", 1_200, 1_210, null), ViolationKind.Stuck);
    }

    [Fact]
    public void Claim_that_is_given_a_younger_task_before_a_dead_agents_is_found()
    {
        var history = new HistoryBuilder().Claim("a", 0, 10, "t", 1, created: 1).Kill("a", 20, 30).Claim("b", 1_200, 1_210, "u", 2, created: 2);
        Expect(history, ViolationKind.Stuck);
    }

    private static void Expect(HistoryBuilder history, params ViolationKind[] kinds)
    {
        var violations = history.Check();
        Assert.Equal(kinds.Order(), violations.Select(v => v.Kind).Distinct().Order());
        Assert.All(violations, v => Assert.EndsWith(".", v.Text, StringComparison.Ordinal));
    }
}
