namespace OpenCode;

/// <summary>The one exception of the product: an entry of the error vocabulary, a sentence that names the subject, and a way out.</summary>
public sealed class OpenCodeException : Exception
{
    /// <summary>Makes an error.</summary>
    /// <param name="error">The entry of the vocabulary.</param>
    /// <param name="message">A full sentence that names the subject and what to do; holds no secret.</param>
    /// <param name="target">The id or path the error is about, when there is one.</param>
    /// <param name="innerException">The cause, when there is one.</param>
    public OpenCodeException(OpenCodeError error, string message, string? target = null, Exception? innerException = null)
        : base(message, innerException)
    {
        Error = error;
        Target = target;
    }

    /// <summary>The entry of the vocabulary.</summary>
    public OpenCodeError Error { get; }

    /// <summary>The id or path the error is about, when there is one.</summary>
    public string? Target { get; }

    /// <summary>For VersionConflict, the version the change was made for.</summary>
    public long? ExpectedVersion { get; init; }

    /// <summary>For VersionConflict, the version that was there.</summary>
    public long? PresentVersion { get; init; }
}
