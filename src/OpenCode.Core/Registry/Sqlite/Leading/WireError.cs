namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>What a write was refused with, on its way to the process it was made for.</summary>
internal sealed record WireError(OpenCodeError Error, string Message, string? Target, long? ExpectedVersion, long? PresentVersion)
{
    public static WireError Of(OpenCodeException e) => new(e.Error, e.Message, e.Target, e.ExpectedVersion, e.PresentVersion);

    public OpenCodeException ToException() => new(Error, Message, Target) { ExpectedVersion = ExpectedVersion, PresentVersion = PresentVersion };
}
