using System.Globalization;

namespace OpenCode.Configuration;

/// <summary>A hook of the configuration: a command, or a part of this system that is switched on.</summary>
public sealed record HookSetting
{
    /// <summary>The moment; null for a built-in, which knows its own.</summary>
    public HookEvent? Event { get; init; }

    /// <summary>The argument vector of a command; empty for a built-in.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>The built-in: <c>checkpoint</c>, <c>gitBranch</c> or <c>planFile</c>; null for a command.</summary>
    public string? BuiltIn { get; init; }

    /// <summary>The repository of <c>gitBranch</c>; absolute.</summary>
    public string? Repository { get; init; }

    /// <summary>Its name in logs; null takes the program's or the built-in's.</summary>
    public string? Name { get; init; }

    /// <summary>Lower runs first.</summary>
    public int Priority { get; init; } = 10;

    /// <summary>How long it may run.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>True when its failure keeps the change from being made.</summary>
    public bool Blocking { get; init; }

    /// <summary>The folder of the configuration file: relative paths count from it.</summary>
    public required string Folder { get; init; }

    /// <summary>One line for people, which tells two of them apart.</summary>
    public override string ToString()
    {
        var what = BuiltIn is null ? $"{Event}: {string.Join(' ', Command.Select(a => a.Contains(' ', StringComparison.Ordinal) ? $"\"{a}\"" : a))}" : Repository is null ? BuiltIn : $"{BuiltIn} in {Repository}";
        return string.Create(CultureInfo.InvariantCulture, $"{(Name is null ? "" : Name + ": ")}{what} (priority {Priority}, {Timeout.TotalMilliseconds:0} ms{(Blocking ? ", blocking" : "")})");
    }
}
