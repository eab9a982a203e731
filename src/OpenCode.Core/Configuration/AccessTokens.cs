using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OpenCode.Common;

namespace OpenCode.Configuration;

/// <summary>
/// The tokens by which clients of the MCP host are known over HTTP, kept in the data root. Of each only a SHA-256 is kept: a token is 256 bits of chance, so its
/// digest tells nothing of it, and needs no salt and no slow function.
/// </summary>
/// <param name="dataRoot">The data root of the store.</param>
/// <param name="clock">The time by which tokens expire.</param>
public sealed class AccessTokens(string dataRoot, TimeProvider clock)
{
    private const string Prefix = "oct_";
    private const int SecretBytes = 32;
    private const int MostTokens = 1000;

    private static readonly TimeSpan LockLimit = TimeSpan.FromSeconds(10);
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly string _file = Path.Combine(dataRoot, "mcp-tokens.json");
    private readonly Lock _lock = new();
    private Reading? _read;

    /// <summary>True when there are tokens, expired ones among them.</summary>
    /// <exception cref="OpenCodeException">StateCorrupt: the list cannot be read.</exception>
    public bool Any => Read().Count > 0;

    /// <summary>
    /// True once there has been a token: from then on one is asked for, also when the last was taken back. Otherwise taking back what a client must not have any more would let
    /// everybody in. The list, even an empty one, says so.
    /// </summary>
    public bool AreAsked => File.Exists(_file);

    /// <summary>The tokens without their secrets, oldest first.</summary>
    /// <exception cref="OpenCodeException">StateCorrupt: the list cannot be read.</exception>
    public IReadOnlyList<McpToken> List() => [.. Read().Select(entry => entry.Token)];

    /// <summary>Makes a token. When the call returns, every host on this data root takes it.</summary>
    /// <param name="owner">Whose it is.</param>
    /// <param name="scope">What it allows.</param>
    /// <param name="description">What it is for.</param>
    /// <param name="lifetime">How long it is good; null for ever.</param>
    /// <param name="cancellationToken">Ends the wait for another process that changes the list.</param>
    /// <returns>The token with its secret, which cannot be had again.</returns>
    /// <exception cref="OpenCodeException">InvalidArgument; LimitExceeded: there are 1,000; StateCorrupt or StoreUnavailable: the list cannot be read or written.</exception>
    public async Task<McpToken> CreateAsync(string owner, McpScope scope, string? description, TimeSpan? lifetime, CancellationToken cancellationToken)
    {
        if (!Enum.IsDefined(scope))
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"The scope '{scope}' is none. Give Read, Write or Admin.");
        }

        var now = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
        var token = new McpToken
        {
            Id = "token_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
            Owner = Input.Agent(owner, "owner"),
            Scope = scope,
            Description = description is null ? null : Input.Line(description, Input.NameLength, "description"),
            CreatedAt = now,
            ExpiresAt = now + lifetime,
        };
        var secret = Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
        await ChangeAsync(tokens => tokens.Count < MostTokens
            ? [.. tokens, (token, Digest(secret))]
            : throw new OpenCodeException(OpenCodeError.LimitExceeded, $"There are {MostTokens} tokens, the most there can be. Remove some with Remove-OcMcpToken."), cancellationToken).ConfigureAwait(false);
        return token with { Token = secret };
    }

    /// <summary>Takes a token back: no host takes it any more.</summary>
    /// <returns>False when there is none of that id.</returns>
    public async Task<bool> RemoveAsync(string id, CancellationToken cancellationToken)
    {
        var found = false;
        await ChangeAsync(
            tokens =>
            {
                found = tokens.Any(entry => entry.Token.Id == id);
                return [.. tokens.Where(entry => entry.Token.Id != id)];
            },
            cancellationToken).ConfigureAwait(false);
        return found;
    }

    /// <summary>The token of a secret; null when there is none, or its time is up.</summary>
    /// <exception cref="OpenCodeException">StateCorrupt: the list cannot be read.</exception>
    public McpToken? Find(string secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        var digest = Digest(secret);
        McpToken? found = null;
        foreach (var (token, known) in Read())
        {
            if (CryptographicOperations.FixedTimeEquals(known, digest))
            {
                found = token;
            }
        }

        return found?.ExpiresAt <= clock.GetUtcNow() ? null : found;
    }

    private static byte[] Digest(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    private static JsonObject Json(McpToken token, byte[] digest) => new()
    {
        ["id"] = token.Id,
        ["owner"] = token.Owner,
        ["scope"] = TaskJson.Word(token.Scope),
        ["description"] = token.Description,
        ["createdAt"] = TaskJson.Time(token.CreatedAt),
        ["expiresAt"] = token.ExpiresAt is { } end ? TaskJson.Time(end) : null,
        ["sha256"] = Convert.ToHexStringLower(digest),
    };

    private static (McpToken Token, byte[] Digest) Entry(JsonNode? json) => (
        new McpToken
        {
            Id = json!["id"]!.GetValue<string>(),
            Owner = json["owner"]!.GetValue<string>(),
            Scope = Enum.Parse<McpScope>(json["scope"]!.GetValue<string>(), ignoreCase: true),
            Description = json["description"]?.GetValue<string>(),
            CreatedAt = json["createdAt"]!.GetValue<DateTimeOffset>(),
            ExpiresAt = json["expiresAt"]?.GetValue<DateTimeOffset>(),
        },
        Convert.FromHexString(json["sha256"]!.GetValue<string>()));

    private async Task ChangeAsync(Func<IReadOnlyList<(McpToken Token, byte[] Digest)>, IReadOnlyList<(McpToken Token, byte[] Digest)>> change, CancellationToken cancellationToken)
    {
        try
        {
            Directory.CreateDirectory(dataRoot);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpenCodeException(OpenCodeError.StoreUnavailable, $"The data root '{dataRoot}' cannot be made: {e.Message}", dataRoot, e);
        }

        using var file = new FileLock(Path.Combine(dataRoot, "mcp-tokens.lock"));
        using var holder = await file.AcquireAsync(LockLimit, cancellationToken).ConfigureAwait(false);
        var tokens = new JsonArray([.. change(ReadNow()).Select(entry => (JsonNode)Json(entry.Token, entry.Digest))]);
        var text = new JsonObject { ["tokens"] = tokens }.ToJsonString(Indented);
        new AtomicFile(durable: true, StepProbe.None).Replace(_file, Encoding.UTF8.GetBytes(text + "\n"), backup: null);
    }

    // Every request asks. The text is read each time, and taken apart only when it is another one: by its time and its length a list that was
    // changed twice within a tick of the file system's clock would be the same.
    private IReadOnlyList<(McpToken Token, byte[] Digest)> Read()
    {
        var text = Text();
        if (text is null)
        {
            return [];
        }

        lock (_lock)
        {
            if (_read is { } known && known.Text.AsSpan().SequenceEqual(text))
            {
                return known.Tokens;
            }
        }

        var reading = new Reading(text, Parse(text));
        lock (_lock)
        {
            _read = reading;
        }

        return reading.Tokens;
    }

    private IReadOnlyList<(McpToken Token, byte[] Digest)> ReadNow() => Parse(Text());

    // Null when there is none. Whoever reads keeps nobody from replacing it.
    private byte[]? Text()
    {
        try
        {
            using var file = new FileStream(_file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            using var text = new MemoryStream();
            file.CopyTo(text);
            return text.ToArray();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(e);
        }
    }

    private IReadOnlyList<(McpToken Token, byte[] Digest)> Parse(byte[]? text)
    {
        try
        {
            return text is null ? [] : [.. JsonNode.Parse(text)!["tokens"]!.AsArray().Select(Entry)];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NullReferenceException or FormatException or ArgumentException)
        {
            throw Unreadable(e);
        }
    }

    private OpenCodeException Unreadable(Exception e) =>
        new(OpenCodeError.StateCorrupt, $"The list of access tokens '{_file}' cannot be read: {e.Message} Nobody is let in until it is removed and tokens are made anew.", _file, e);

    private sealed record Reading(byte[] Text, IReadOnlyList<(McpToken Token, byte[] Digest)> Tokens);
}
