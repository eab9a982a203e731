using OpenCode.Common;

namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>
/// The records that go from one process to another, member by member, in a form of our own: both run the same build, and a write takes less time in SQLite than records of this size take in JSON. A
/// member that is missing here is found by the test that sends every one of them.
/// </summary>
internal static partial class WireForm
{
    // What the data of a result is.
    private const byte Nothing = 0;
    private const byte Object = 1;
    private const byte Other = 2;

    public static void Put(FrameWriter to, string text) => to.Text(text);

    public static string Text(ref FrameReader from) => from.Text();

    public static void Put(FrameWriter to, ProcessIdentity process)
    {
        to.Text(process.Host);
        to.Number(process.ProcessId);
        to.Text(process.Started);
    }

    public static ProcessIdentity Process(ref FrameReader from) => new(from.Text(), from.Int(), from.Text());

    public static void Put(FrameWriter to, OpenCodeException refused)
    {
        to.Number((int)refused.Error);
        to.Text(refused.Message);
        to.Text(refused.Target);
        to.Number(refused.ExpectedVersion);
        to.Number(refused.PresentVersion);
    }

    public static OpenCodeException Refused(ref FrameReader from) => new((OpenCodeError)from.Int(), from.Text(), from.OptionalText())
    {
        ExpectedVersion = from.OptionalNumber(),
        PresentVersion = from.OptionalNumber(),
    };

    public static void Put(FrameWriter to, TaskChange change)
    {
        Put(to, change.Row);
        to.List(change.Pending, Put);
        to.Optional(change.Lease, Put);
        to.List(change.Told, Put);
    }

    public static TaskChange Change(ref FrameReader from) => new(Row(ref from), from.List(Entry))
    {
        Lease = from.Optional(Lease),
        Told = from.List(Text),
    };

    public static void Put(FrameWriter to, TaskRow row)
    {
        to.Number(row.Number);
        Put(to, row.Task);
        to.Number(row.LastSeq);
        to.Number(row.ProjectedSeq);
        to.Text(row.ChangedBy);
        to.Text(row.CheckpointId);
        to.Number(row.Unfinished);
    }

    public static TaskRow Row(ref FrameReader from) => new(from.Number(), Task(ref from), from.Number(), from.Number(), from.Text(), from.OptionalText())
    {
        Unfinished = from.Int(),
    };

    public static void Put(FrameWriter to, AgentTask task)
    {
        to.Text(task.Id);
        to.Text(task.Name);
        to.Text(task.Description);
        to.Byte((byte)task.Status);
        to.Byte((byte)task.Mode);
        to.Text(task.Owner);
        to.List(task.Agents, Put);
        to.Number(task.Priority);
        to.List(task.DependsOn, Put);
        to.Flag(task.Ready);
        to.Text(task.Metadata.ToString());
        to.Optional(task.Result, Put);
        to.Text(task.Error);
        to.Number(task.Version);
        to.Number(task.Attempt);
        to.Text(task.Image);
        to.Time(task.CreatedAt);
        to.Time(task.UpdatedAt);
        to.Time(task.StartedAt);
        to.Time(task.FinishedAt);
    }

    public static AgentTask Task(ref FrameReader from) => new()
    {
        Id = from.Text(),
        Name = from.Text(),
        Description = from.OptionalText(),
        Status = (AgentTaskStatus)from.Byte(),
        Mode = (AgentTaskMode)from.Byte(),
        Owner = from.Text(),
        Agents = from.List(Text),
        Priority = from.Int(),
        DependsOn = from.List(Text),
        Ready = from.Flag(),
        Metadata = JsonMap.FromTrusted(from.Text()),
        Result = from.Optional(Result),
        Error = from.OptionalText(),
        Version = from.Number(),
        Attempt = from.Int(),
        Image = from.OptionalText(),
        CreatedAt = from.Time(),
        UpdatedAt = from.Time(),
        StartedAt = from.OptionalTime(),
        FinishedAt = from.OptionalTime(),
    };

    public static void Put(FrameWriter to, TaskResult result)
    {
        to.Flag(result.Success);
        switch (result.Data)
        {
            case null:
                to.Byte(Nothing);
                break;
            case JsonMap map:
                to.Byte(Object);
                to.Text(map.ToString());
                break;
            default:
                to.Byte(Other);
                to.Text(JsonText.Write(result.Data));
                break;
        }

        to.Text(result.Message);
        to.Text(result.Error);
    }

    public static TaskResult Result(ref FrameReader from) => new(from.Flag(), Data(ref from), from.OptionalText(), from.OptionalText());

    private static object? Data(ref FrameReader from) => from.Byte() switch
    {
        Nothing => null,
        Object => JsonMap.FromTrusted(from.Text()),
        Other => Parse(from.Text()),
        var what => throw new InvalidDataException($"A frame between two processes has data of a kind {what} that is not known."),
    };

    private static object? Parse(string json)
    {
        try
        {
            return JsonText.ParseValue(json);
        }
        catch (OpenCodeException e)
        {
            throw new InvalidDataException("A frame between two processes has data that are not JSON.", e);
        }
    }

    public static void Put(FrameWriter to, JournalEntry entry)
    {
        to.Number(entry.Seq);
        to.Number(entry.Version);
        to.Byte((byte)entry.Status);
        to.Number((int)entry.Kind);
        to.Time(entry.At);
        to.Byte((byte)entry.Level);
        to.Text(entry.Message);
        to.Text(entry.Data);
        to.Text(entry.StateData);
    }

    public static JournalEntry Entry(ref FrameReader from) => new()
    {
        Seq = from.Number(),
        Version = from.Number(),
        Status = (AgentTaskStatus)from.Byte(),
        Kind = (TaskEvent)from.Int(),
        At = from.Time(),
        Level = (LogLevel)from.Byte(),
        Message = from.Text(),
        Data = from.OptionalText(),
        StateData = from.OptionalText(),
    };

    public static void Put(FrameWriter to, Lease lease)
    {
        to.Text(lease.Resource);
        to.Text(lease.Owner);
        to.Byte((byte)lease.Mode);
        to.Number(lease.Fence);
        to.Time(lease.AcquiredAt);
        to.Time(lease.ExpiresAt);
        to.Text(lease.Host);
        to.Number(lease.ProcessId);
        to.Flag(lease.Detached);
    }

    public static Lease Lease(ref FrameReader from) => new()
    {
        Resource = from.Text(),
        Owner = from.Text(),
        Mode = (LeaseMode)from.Byte(),
        Fence = from.Number(),
        AcquiredAt = from.Time(),
        ExpiresAt = from.OptionalTime(),
        Host = from.OptionalText(),
        ProcessId = from.Int(),
        Detached = from.Flag(),
    };

    public static void Put(FrameWriter to, LeaseGuard guard)
    {
        to.Text(guard.Resource);
        to.Number(guard.Fence);
    }

    public static LeaseGuard Guard(ref FrameReader from) => new(from.Text(), from.Number());
}
