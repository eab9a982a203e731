using OpenCode.Common;

namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>A follower's write, at the leader.</summary>
internal sealed class LedWrite(WireWrite kind, object write, LeaseGuard[] guards)
{
    /// <summary>Its kind.</summary>
    public WireWrite Kind => kind;

    /// <summary>The write.</summary>
    public object Write => write;

    /// <summary>What it came to.</summary>
    public object? Answer { get; private set; }

    /// <summary>What it failed with, if it did.</summary>
    public Exception? Error { get; set; }

    /// <summary>Does it.</summary>
    public void Execute(RegistryRules rules) => AnswerWith(kind.Execute(rules, write, guards));

    /// <summary>Keeps what it came to.</summary>
    public void AnswerWith(object answer) => Answer = answer;
}
