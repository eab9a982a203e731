using System.Security.Cryptography;
using System.Text.Json;
using OpenCode.Common;

namespace OpenCode.Configuration;

/// <summary>
/// Which configuration files their user has approved: path and SHA-256, kept in the data root. A file that was changed since is
/// not trusted, so walking into a hostile folder gives it nothing.
/// </summary>
/// <param name="dataRoot">The data root as parameters, the environment or the default give it; never as the file in question does.</param>
public sealed class ConfigurationTrust(string dataRoot)
{
    private static readonly TimeSpan LockLimit = TimeSpan.FromSeconds(10);

    private readonly string _list = Path.Combine(dataRoot, "trusted.json");

    /// <summary>The list that counts for files found in a current location.</summary>
    public static ConfigurationTrust For(ConfigurationSources sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        return new ConfigurationTrust(ConfigurationSearch.DataRootOutsideFiles(sources));
    }

    /// <summary>True when the file was approved with just these contents.</summary>
    /// <param name="path">The file; absolute.</param>
    /// <param name="contents">What was read from it and is about to be used.</param>
    /// <exception cref="OpenCodeException">StateCorrupt: the list of trusted files cannot be read.</exception>
    public bool IsTrusted(string path, ReadOnlySpan<byte> contents) =>
        Read().TryGetValue(path, out var approved) && string.Equals(approved, Digest(contents), StringComparison.Ordinal);

    /// <summary>Trusts a file as it is now. When the call returns, every process on this data root knows.</summary>
    /// <param name="path">The file; absolute.</param>
    /// <param name="cancellationToken">Ends the wait for another process that approves.</param>
    /// <returns>The SHA-256 of the contents that are trusted, lower-case hex.</returns>
    /// <exception cref="OpenCodeException">InvalidArgument: no such file. StateCorrupt: the list cannot be read. StoreUnavailable: the list cannot be written.</exception>
    public Task<string> ApproveAsync(string path, CancellationToken cancellationToken) => ApproveAsync(path, null, cancellationToken);

    /// <summary>Trusts a file, if it still is what its user was shown.</summary>
    /// <param name="path">The file; absolute.</param>
    /// <param name="shown">The contents that were read before; null takes whatever the file is now.</param>
    /// <param name="cancellationToken">Ends the wait for another process that approves.</param>
    internal async Task<string> ApproveAsync(string path, ReadOnlyMemory<byte>? shown, CancellationToken cancellationToken)
    {
        var full = Path.GetFullPath(path);
        string digest;
        try
        {
            digest = Digest(await File.ReadAllBytesAsync(full, cancellationToken).ConfigureAwait(false));
            if (shown is { } contents && Digest(contents.Span) != digest)
            {
                throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The configuration file '{full}' was changed while its approval was asked for, and is not approved. Read it again, then approve it again.", full);
            }

            Directory.CreateDirectory(dataRoot);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The configuration file '{full}' cannot be approved: {e.Message}", full, e);
        }

        using var file = new FileLock(Path.Combine(dataRoot, "trusted.lock"));
        using var holder = await file.AcquireAsync(LockLimit, cancellationToken).ConfigureAwait(false);
        var trusted = Read();
        trusted[full] = digest;
        new AtomicFile(durable: false, StepProbe.None).Replace(_list, Write(trusted), backup: null);
        return digest;
    }

    private static string Digest(ReadOnlySpan<byte> contents) => Convert.ToHexStringLower(SHA256.HashData(contents));

    private static byte[] Write(Dictionary<string, string> trusted)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            foreach (var (path, digest) in trusted.OrderBy(entry => entry.Key, StringComparer.Ordinal))
            {
                writer.WriteString(path, digest);
            }

            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    private Dictionary<string, string> Read()
    {
        var names = OperatingSystem.IsWindows() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
        var trusted = new Dictionary<string, string>(names);
        try
        {
            if (!File.Exists(_list))
            {
                return trusted;
            }

            using var document = JsonDocument.Parse(File.ReadAllBytes(_list));
            foreach (var member in document.RootElement.EnumerateObject())
            {
                trusted[member.Name] = member.Value.GetString() ?? "";
            }

            return trusted;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new OpenCodeException(OpenCodeError.StateCorrupt, $"The list of trusted configuration files '{_list}' cannot be read: {e.Message} No file is trusted until it is removed and the files are approved again.", _list, e);
        }
    }
}
