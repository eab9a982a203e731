using System.Text.RegularExpressions;
using OpenCode.Tests.LockTaker.Histories;

namespace OpenCode.Tests.LockTaker.Taking;

/// <summary>Makes requests and writes down what was asked, before, and what was told, after.</summary>
/// <param name="log">Where to.</param>
/// <param name="owner">In whose name.</param>
internal sealed partial class Recorder(HistoryLog log, string owner)
{
    /// <summary>In whose name requests are made: every start of a process has its own.</summary>
    public string Owner => owner;

    /// <summary>Makes a request. A refusal is an answer; anything else that goes wrong ends the process.</summary>
    public async Task<Answer<T>> AskAsync<T>(Operation operation, Func<HistoryEvent, HistoryEvent> ask, Func<Task<T>> call, Func<HistoryEvent, T, HistoryEvent>? told = null)
    {
        var asked = log.Ask(ask(log.New(EventKind.Ask, operation) with { Owner = owner }));
        var answer = new Answer<T>(default, null);
        var failure = default(OpenCodeException);
        try
        {
            answer = new Answer<T>(await call(), null);
        }
        catch (OpenCodeException e)
        {
            (answer, failure) = (new Answer<T>(default, e.Error), e);
        }

        var line = log.New(EventKind.Told, operation) with { Owner = owner, Number = asked.Number };
        log.Write(failure is null
            ? told?.Invoke(line, answer.Value!) ?? line
            : line with { Error = failure.Error.ToString(), Target = failure.Target, Holder = HolderIn(failure.Message) });
        return answer;
    }

    /// <summary>A lease as it was told.</summary>
    public static SeenLease Seen(Lease lease) => new(lease.Resource, lease.Owner, lease.Fence, lease.Mode, lease.ExpiresAt?.ToUnixTimeMilliseconds(), !lease.Detached);

    /// <summary>The merged members of one kind; the kind itself is among them, so that a sight without any is one too.</summary>
    public static Dictionary<string, long> Members(JsonMap map, string kind) => map
        .Where(member => member.Key.StartsWith(kind, StringComparison.Ordinal) && member.Value is long)
        .Select(member => (member.Key, (long)member.Value!))
        .Append((kind, 0))
        .ToDictionary(StringComparer.Ordinal);

    private static string? HolderIn(string message) => HolderForm().Match(message) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex(@"'([^']+)'(?: \(pid \d+ on [^)]*\))? holds it")]
    private static partial Regex HolderForm();
}
