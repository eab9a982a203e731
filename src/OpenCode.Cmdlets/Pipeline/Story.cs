using System.Globalization;
using System.Runtime.CompilerServices;

namespace OpenCode.Cmdlets.Pipeline;

/// <summary>A sentence for <c>-Verbose</c> that is only put together when somebody hears it.</summary>
[InterpolatedStringHandler]
internal ref struct Story
{
    private DefaultInterpolatedStringHandler _text;

    /// <summary>Called by the compiler before the parts.</summary>
    /// <param name="literalLength">How many characters are fixed.</param>
    /// <param name="formattedCount">How many parts are not.</param>
    /// <param name="cmdlet">Whose sentence it is.</param>
    /// <param name="heard">False leaves the parts unevaluated.</param>
    public Story(int literalLength, int formattedCount, OpenCodeCmdlet cmdlet, out bool heard)
    {
        heard = cmdlet.Narrates;
        _text = heard ? new DefaultInterpolatedStringHandler(literalLength, formattedCount, CultureInfo.InvariantCulture) : default;
    }

    public void AppendLiteral(string text) => _text.AppendLiteral(text);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public void AppendFormatted<T>(T value, string? format) => _text.AppendFormatted(value, format);

    /// <summary>The sentence.</summary>
    public string Text() => _text.ToStringAndClear();
}
