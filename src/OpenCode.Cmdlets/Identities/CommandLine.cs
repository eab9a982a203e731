using System.Collections;
using System.Globalization;
using System.Management.Automation;
using OpenCode.Tasks;

namespace OpenCode.Cmdlets.Identities;

/// <summary>A command to run: one text is for the shell, an array is an argument vector that no shell ever sees.</summary>
public sealed class CommandLine
{
    private readonly string[] _arguments;

    /// <summary>Takes what the user gave. Called by PowerShell's own conversion.</summary>
    /// <param name="value">A text, or an array of texts and numbers.</param>
    public CommandLine(object value)
    {
        var given = value is PSObject wrapped ? wrapped.BaseObject : value;
        IsShell = given is not IEnumerable or string;
        _arguments = IsShell ? [Text(given)] : [.. ((IEnumerable)given).Cast<object?>().Select(Text)];
    }

    /// <summary>True for a text that the sandbox's shell takes apart.</summary>
    public bool IsShell { get; }

    /// <summary>What the core is asked to run.</summary>
    public RunRequest ToRequest() => new(_arguments, IsShell);

    /// <inheritdoc />
    public override string ToString() => string.Join(' ', _arguments);

    private static string Text(object? value) => Convert.ToString(value is PSObject wrapped ? wrapped.BaseObject : value, CultureInfo.InvariantCulture) ?? "";
}
