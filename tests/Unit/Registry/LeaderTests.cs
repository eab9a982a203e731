using OpenCode.Common;
using OpenCode.Registry;
using OpenCode.Registry.Sqlite;
using OpenCode.Registry.Sqlite.Leading;

namespace OpenCode.Tests.Unit.Registry;

/// <summary>One process that writes for another: what each knows of the other's frame whatever becomes of either. The door of the leader is the test.</summary>
public sealed class LeaderTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("opencode-unit-");
    private readonly DoorOfTest _door = new();
    private readonly LeaderFiles _files;
    private readonly OpenCode.Configuration.OpenCodeConfiguration _configuration;

    public LeaderTests()
    {
        _configuration = new OpenCode.Configuration.OpenCodeConfiguration { DataRoot = _folder.FullName };
        _files = new LeaderFiles(_configuration.DatabaseFile);
    }

    public void Dispose()
    {
        _door.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public void Nobody_leads_where_nobody_listens()
    {
        using var follower = Follower();
        Assert.False(follower.TryConnect());
    }

    [Fact]
    public void Frame_that_is_begun_and_answered_brings_each_write_its_outcome()
    {
        Assert.SkipUnless(_files.CanLead, "Nobody leads on this system.");
        Lead();
        using var follower = Follower();
        Assert.True(follower.TryConnect());
        OwnWrite[] writes = [Own(new ProveWrite()), Own(new ReturnTask("a", 3, "why"))];
        _door.Next = frame =>
        {
            Assert.True(frame.Begin());
            frame.Answer(w => w is ProveWrite ? 42L : throw new OpenCodeException(OpenCodeError.VersionConflict, "Not this one.", "a") { ExpectedVersion = 1, PresentVersion = 2 });
        };
        Assert.Equal(Asked.Answered, follower.Ask(i => i < 2 ? writes[i] : null, out var sent, out var answers));
        Assert.Equal(2, sent);
        Assert.Empty(Frames.ReadOutcomes(answers, writes));
        Assert.Equal(42L, writes[0].Result);
        var refused = Assert.IsType<OpenCodeException>(writes[1].Error);
        Assert.Equal((OpenCodeError.VersionConflict, "Not this one.", "a", 1L, 2L), (refused.Error, refused.Message, refused.Target, refused.ExpectedVersion, refused.PresentVersion));
    }

    [Fact]
    public void Frame_that_lies_unbegun_is_withdrawn_and_cannot_be_begun_afterwards()
    {
        Assert.SkipUnless(_files.CanLead, "Nobody leads on this system.");
        Lead();
        using var follower = Follower();
        Assert.True(follower.TryConnect());
        FrameOfTest? late = null;
        _door.Next = frame => late = frame;
        Assert.Equal(Asked.NotBegun, Ask(follower));
        Assert.False(late!.Begin());
        Assert.False(follower.TryConnect()); // one that does not answer is left alone for a while
    }

    [Fact]
    public void Frame_whose_leader_ends_is_not_begun_when_it_was_not_and_unknown_when_it_was()
    {
        Assert.SkipUnless(_files.CanLead, "Nobody leads on this system.");
        foreach (var begun in (bool[])[false, true])
        {
            Lead();
            using var follower = Follower();
            Assert.True(follower.TryConnect());
            _door.Next = frame =>
            {
                Assert.Equal(begun, begun && frame.Begin());
                _door.Leader!.Stop(TimeSpan.Zero);
            };
            Assert.Equal(begun ? Asked.Unknown : Asked.NotBegun, Ask(follower));
            Assert.True(_door.Ended.Wait(Patience, TestContext.Current.CancellationToken));
        }
    }

    [Fact]
    public void Answer_that_does_not_get_through_leaves_the_receipt_to_who_waits_for_it()
    {
        Assert.SkipUnless(_files.CanLead, "Nobody leads on this system.");
        Lead();
        using var untold = Follower();
        Assert.True(untold.TryConnect());
        var change = new TaskChange(new TaskRow(1, new AgentTask { Id = "a", Name = "A", Description = new string('x', 4_000_000) }, 1, 1, "ada", null), []);
        var write = Own(new RenewAgent("a", default));
        _door.Next = frame =>
        {
            Assert.True(frame.Begin());
            frame.Answer(_ => change); // more than the stream takes at once
        };
        Assert.Equal(Asked.Unknown, untold.Ask(i => i == 0 ? write : null, out _, out _));

        var number = untold.Number;
        long told;
        using (var other = Follower())
        {
            Assert.True(other.TryConnect());
            _door.Next = frame =>
            {
                Assert.True(frame.Begin());
                frame.Answer(_ => 7L);
            };
            Assert.Equal(Asked.Answered, Ask(other));
            told = other.Number;
        }

        Assert.True(_door.Ended.Wait(Patience, TestContext.Current.CancellationToken)); // it forgets the last ones when it stops
        Assert.Contains(told, _door.Forgotten);
        Assert.DoesNotContain(number, _door.Forgotten);
    }

    [Fact]
    public async Task Leader_does_not_stop_and_forgets_no_receipt_while_another_thread_has_a_frame()
    {
        Assert.SkipUnless(_files.CanLead, "Nobody leads on this system.");
        Lead();
        using var follower = Follower();
        Assert.True(follower.TryConnect());
        var taken = new TaskCompletionSource<FrameOfTest>(TaskCreationOptions.RunContinuationsAsynchronously);
        _door.Next = frame =>
        {
            Assert.True(frame.Begin());
            taken.SetResult(frame);
        };
        Assert.Equal(Asked.Unknown, Ask(follower)); // it does not wait for ever
        var frame = await taken.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.False(_door.Ended.Wait(2 * Leader.Quiet, TestContext.Current.CancellationToken)); // silent for longer than it leads
        Assert.DoesNotContain(follower.Number, _door.Forgotten);
        frame.Answer(_ => 7L);
        Assert.True(_door.Ended.Wait(Patience, TestContext.Current.CancellationToken));
        Assert.Contains(follower.Number, _door.Forgotten);
    }

    [Fact]
    public void Frame_cannot_be_withdrawn_once_its_slot_is_another_followers()
    {
        Assert.SkipUnless(_files.CanLead, "Nobody leads on this system.");
        Directory.CreateDirectory(Path.GetDirectoryName(_files.Slots)!);
        using var leader = FollowerSlots.Create(_files.Slots, 1);
        using var follower = FollowerSlots.Open(_files.Slots, 1);
        follower.Ask(0, 11);
        Assert.True(follower.Withdraw(0, 11));
        Assert.True(follower.Withdraw(0, 11)); // said so before
        Assert.False(leader.Begin(0, 11));
        follower.Ask(0, 12);
        Assert.True(leader.Begin(0, 12));
        Assert.False(follower.Withdraw(0, 12));
        follower.Ask(0, 21); // another one, which was given the slot when the leader had ended the first one's connection
        Assert.False(follower.Withdraw(0, 12));
        Assert.True(leader.Begin(0, 21));
    }

    [Fact]
    public void Follower_that_asks_for_more_durability_than_there_is_is_turned_away()
    {
        Assert.SkipUnless(_files.CanLead, "Nobody leads on this system.");
        Lead();
        using var durable = new Follower(_files, _configuration with { SynchronousFull = true }, () => ProcessIdentity.Current, StepProbe.None);
        Assert.False(durable.TryConnect());
        using var other = Follower();
        Assert.True(other.TryConnect());
    }

    [Fact]
    public void Garbage_on_the_leaders_address_harms_nobody()
    {
        Assert.SkipUnless(_files.CanLead, "Nobody leads on this system.");
        Lead();
        using var follower = Follower();
        Assert.True(follower.TryConnect());
        byte[][] garbage = [[1, 2, 3], [255, 255, 255, 255], [0, 0, 0, 0], [4, 0, 0, 0, 1, 2, 3, 4], [.. "GET / HTTP/1.1\r\n\r\n"u8]];
        foreach (var bytes in garbage)
        {
            using var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
            socket.Connect(new System.Net.Sockets.UnixDomainSocketEndPoint(_files.Address));
            socket.Send(bytes);
        }

        _door.Next = frame =>
        {
            Assert.True(frame.Begin());
            frame.Answer(_ => 7L);
        };
        Assert.Equal(Asked.Answered, Ask(follower));
    }

    [Fact]
    public void Leader_that_nobody_asks_for_a_while_stops_and_leaves_nothing_at_its_address()
    {
        Assert.SkipUnless(_files.CanLead, "Nobody leads on this system.");
        Lead();
        Assert.True(_door.Ended.Wait(Patience, TestContext.Current.CancellationToken));
        Assert.False(File.Exists(_files.Address));
        Assert.False(File.Exists(_files.Slots));
    }

    private static OwnWrite Own<T>(RegistryWrite<T> write) => new(write, [new LeaseGuard("a-resource", 5)], _ => throw new InvalidOperationException("It is not executed here."));

    private static Asked Ask(Follower follower)
    {
        var write = Own(new ProveWrite());
        return follower.Ask(i => i == 0 ? write : null, out _, out _);
    }

    private Follower Follower() => new(_files, _configuration, () => ProcessIdentity.Current, StepProbe.None);

    private void Lead()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_configuration.DatabaseFile)!);
        _door.Ended.Reset();
        _door.Leader = Leader.TryMake(_files, full: false, _door, StepProbe.None);
        Assert.NotNull(_door.Leader);
        _door.Leader.Start();
    }
}
