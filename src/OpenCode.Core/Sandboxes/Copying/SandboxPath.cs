namespace OpenCode.Sandboxes.Copying;

/// <summary>A path inside a sandbox: absolute, without steps upwards.</summary>
internal sealed class SandboxPath
{
    public const string Workspace = "/workspace";

    private const int MostCharacters = 4096;

    // File systems of the running container's own, which the engine cannot look into from outside.
    private static readonly string[] Hidden = ["tmp", "proc", "sys", "dev"];

    private SandboxPath(string[] parts) => Parts = parts;

    public IReadOnlyList<string> Parts { get; }

    public string Name => Parts[^1];

    public bool IsInWorkspace => Parts[0] == "workspace";

    /// <summary>Takes what somebody typed; what is relative counts from /workspace.</summary>
    /// <exception cref="OpenCodeException">InvalidArgument: it is none, or the root; NotSupported: it lies where the engine copies nothing; AccessDenied: <c>..</c> leads out of the workspace.</exception>
    public static SandboxPath Parse(string text)
    {
        if (text.Length is 0 or > MostCharacters || text.Contains('\0', StringComparison.Ordinal))
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, $"'{text}' is no path in a sandbox. Give one of 1 to {MostCharacters} characters, such as /workspace/src.", text);
        }

        var absolute = text.StartsWith('/');
        List<string> parts = absolute ? [] : ["workspace"];
        foreach (var part in text.Split('/').Where(static part => part is not ("" or ".")))
        {
            if (part != "..")
            {
                parts.Add(part);
            }
            else if (parts.Count > (absolute ? 0 : 1))
            {
                parts.RemoveAt(parts.Count - 1);
            }
            else
            {
                throw new OpenCodeException(OpenCodeError.AccessDenied, $"'{text}' leads out of '{(absolute ? "/" : Workspace)}'. Give a path within the sandbox.", text);
            }
        }

        if (parts.Count == 0)
        {
            throw new OpenCodeException(OpenCodeError.InvalidArgument, "The sandbox's whole root is not copied. Give a path such as /workspace.", text);
        }

        return Hidden.Contains(parts[0], StringComparer.Ordinal)
            ? throw new OpenCodeException(OpenCodeError.NotSupported, $"'{text}' lies in '/{parts[0]}', which only the sandbox itself sees. Move it to {Workspace} with a command first.", text)
            : new SandboxPath([.. parts]);
    }

    public SandboxPath Below(string name) => new([.. Parts, name]);

    /// <summary>The first so many parts.</summary>
    public SandboxPath Up(int parts) => new([.. Parts.Take(parts)]);

    public override string ToString() => "/" + string.Join('/', Parts);
}
