using OpenCode.Tests.LockTaker.Histories;

namespace OpenCode.Tests.Unit.Histories;

/// <summary>Histories that are right, or of which nobody can say that they are not, pass.</summary>
public sealed class HistoryCheckerRightTests
{
    private const string Lost = nameof(OpenCodeError.LeaseLost);

    [Fact]
    public void Life_of_a_task_passes()
    {
        Pass(new HistoryBuilder()
            .Claim("a", 0, 10, "t", 1).Write("a", 20, 30, Operation.Update, "t", 1, key: "meta:a", value: 1).Get("r", 32, 34, "t", ("meta:a", 1))
            .Write("a", 35, 38, Operation.Detach, "t", 1).Attach("b", 40, 50, "t", 2).Beat("b", 60, 70, "t", 2).Write("b", 80, 90, Operation.Complete, "t", 2, key: "b#1")
            .Final("t", "Completed", "b#1", ("meta:a", 1)).Journal("t", ("a", 1), ("b", 2)));
    }

    [Fact]
    public void Next_holder_after_a_release_passes() =>
        Pass(new HistoryBuilder().Acquire("a", 0, 10, "r", 1).Release("a", 20, 30, "r", 1).Acquire("b", 40, 50, "r", 2));

    [Fact]
    public void Next_holder_while_the_release_is_not_answered_passes() =>
        Pass(new HistoryBuilder().Acquire("a", 0, 10, "r", 1).Release("a", 20, 100, "r", 1).Acquire("b", 15, 50, "r", 2));

    [Fact]
    public void Next_holder_after_an_expiry_passes_and_the_first_is_told_of_its_loss() =>
        Pass(new HistoryBuilder().Acquire("a", 0, 10, "r", 1).Acquire("b", 900, 1_011, "r", 2).Renew("a", 1_100, 1_110, "r", 1, Lost).Release("a", 1_120, 1_130, "r", 1, Lost));

    [Fact]
    public void Next_holder_at_once_after_a_bound_holders_kill_passes() =>
        Pass(new HistoryBuilder().Acquire("a", 0, 10, "r", 1, lease: 60_000).Kill("a", 20, 30).Acquire("b", 15, 25, "r", 2, lease: 60_000));

    [Fact]
    public void Collaborative_holders_beside_each_other_pass() =>
        Pass(new HistoryBuilder().Acquire("a", 0, 10, "r", 1, LeaseMode.Collaborative).Acquire("b", 20, 30, "r", 2, LeaseMode.Collaborative));

    [Fact]
    public void Grants_that_were_under_way_at_one_time_may_have_been_in_any_order() =>
        Pass(new HistoryBuilder().Acquire("a", 0, 100, "r", 2, LeaseMode.Collaborative).Acquire("b", 10, 50, "r", 1, LeaseMode.Collaborative));

    [Fact]
    public void Same_agent_again_shuts_its_older_flow_out() =>
        Pass(new HistoryBuilder().Attach("a", 0, 10, "t", 1).Attach("a", 20, 30, "t", 2).Write("a", 40, 50, Operation.Update, "t", 1, Lost));

    [Fact]
    public void Holder_that_an_operator_shut_out_is_refused() =>
        Pass(new HistoryBuilder().Claim("a", 0, 10, "t", 1).Call("o", 20, 30, Operation.OperatorUpdate, e => e with { Task = "t" }).Write("a", 40, 50, Operation.Update, "t", 1, Lost));

    [Fact]
    public void Change_that_was_asked_for_before_the_lease_ended_may_have_been_made() =>
        Pass(new HistoryBuilder().Claim("a", 0, 10, "t", 1).Write("a", 1_000, 3_000, Operation.Update, "t", 1).Claim("b", 2_000, 3_500, "t", 2, attempt: 1));

    [Fact]
    public void Change_that_may_have_been_carried_out_before_the_kill_counts_neither_way() =>
        Pass(new HistoryBuilder()
            .Claim("a", 0, 10, "t", 1).Write("a", 20, null, Operation.Complete, "t", 1, key: "a#1").Write("a", 15, 18, Operation.Update, "t", 1, key: "meta:a", value: 1).Kill("a", 25, 30)
            .Final("t", "Completed", "a#1", ("meta:a", 1)));

    [Fact]
    public void Completion_that_was_not_carried_out_before_the_kill_leaves_the_task_to_another() =>
        Pass(new HistoryBuilder()
            .Claim("a", 0, 10, "t", 1).Write("a", 20, null, Operation.Complete, "t", 1, key: "a#1").Kill("a", 25, 30)
            .Claim("b", 1_500, 1_510, "t", 2, attempt: 1).Write("b", 1_520, 1_530, Operation.Complete, "t", 2, key: "b#1").Final("t", "Completed", "b#1").Journal("t", ("a", 1), ("b", 2)));

    [Fact]
    public void Answer_that_does_not_say_whether_it_was_done_counts_neither_way() =>
        Pass(new HistoryBuilder()
            .Claim("a", 0, 10, "t", 1).Write("a", 20, 30, Operation.Complete, "t", 1, nameof(OpenCodeError.StoreUnavailable), "a#1").Final("t", "Completed", "a#1"));

    [Fact]
    public void Reader_that_asked_before_a_merge_was_acknowledged_may_not_see_it() =>
        Pass(new HistoryBuilder().Claim("a", 0, 10, "t", 1).Write("a", 20, 30, Operation.Update, "t", 1, key: "meta:a", value: 1).Get("r", 25, 50, "t"));

    [Fact]
    public void Dead_agent_is_shown_until_its_lease_ends() =>
        Pass(new HistoryBuilder().Claim("a", 0, 10, "t", 1).Kill("a", 20, 30)
            .Call("b", 900, 2_000, Operation.Leases, e => e, e => e with { Leases = [HistoryBuilder.TaskLease("t", "a", 1, 1_010)] }));

    [Fact]
    public void Claim_is_given_nothing_while_a_claimer_that_died_may_have_had_the_task() =>
        Pass(new HistoryBuilder().Claim("a", 0, 10, "t", 1).Kill("a", 20, 30).Claim("c", 1_100, null, null).Kill("c", 1_150, 1_160).Claim("b", 1_200, 1_210, null));

    [Fact]
    public void Lock_of_a_process_that_left_is_another_s_at_once() =>
        Pass(new HistoryBuilder().Acquire("a", 0, 10, "r", 1).Leave("a", 50, 90).Acquire("b", 20, 80, "r", 2));

    [Fact]
    public void Claim_is_given_nothing_after_the_task_was_claimed_by_another() =>
        Pass(new HistoryBuilder().Claim("a", 0, 10, "t", 1).Kill("a", 20, 30).Claim("c", 1_100, 1_110, "t", 2, attempt: 1).Claim("b", 1_200, 1_210, null));

    [Fact]
    public void Claim_is_given_nothing_after_the_task_was_completed_by_another_before_a_dead_agents_answer_came() =>
        Pass(new HistoryBuilder()
            .Call("a", 0, 3_000, Operation.Claim, e => e with { LeaseTime = 1_000 }, e => e with { Task = "t", Attempt = 1, Leases = [HistoryBuilder.TaskLease("t", "a", 1, 1_200)] })
            .Attach("b", 1_500, 1_600, "t", 2).Write("b", 1_700, 1_800, Operation.Complete, "t", 2, key: "b#1").Final("t", "Completed", "b#1")
            .Kill("a", 3_100, 3_200).Claim("c", 5_000, 5_100, null));

    [Fact]
    public void Grant_that_is_first_told_of_by_a_heartbeat_is_known() =>
        Pass(new HistoryBuilder().Call("a", 0, 10, Operation.Resume, e => e with { Task = "t", LeaseTime = 1_000 }).Beat("a", 20, 30, "t", 5).Write("a", 40, 50, Operation.Complete, "t", 5, key: "a#1").Final("t", "Completed", "a#1"));

    [Fact]
    public void Torn_last_line_of_a_log_is_left_out_and_one_in_the_middle_is_not()
    {
        var folder = Directory.CreateTempSubdirectory("opencode-unit-");
        try
        {
            var file = Path.Combine(folder.FullName, "a.history.jsonl");
            using (var log = new HistoryLog(file, "a"))
            {
                log.Ask(log.New(EventKind.Ask, Operation.Claim) with { Owner = "a", LeaseTime = 1_000 });
            }

            var whole = File.ReadAllText(file);
            File.WriteAllText(file, whole + whole[..20]);
            var entry = Assert.Single(HistoryLog.ReadFolder(folder.FullName));
            Assert.Equal((Operation.Claim, "a", 1_000L, 1L), (entry.Operation, entry.Owner, entry.LeaseTime, entry.Number));

            File.WriteAllText(file, whole[..20] + "\n" + whole);
            Assert.Throws<System.Text.Json.JsonException>(() => HistoryLog.ReadFolder(folder.FullName).ToList());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Pass(HistoryBuilder history) => Assert.Empty(history.Check().Select(v => v.ToString()));
}
