using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace OpenCode.Sandboxes.Docker.Runners;

/// <summary>The runner's program: part of this assembly where a C compiler was there to build it, and kept in the store as a file that sandboxes mount.</summary>
internal static class RunnerProgram
{
    /// <summary>Where it is in a sandbox.</summary>
    public const string Path = SandboxSpecification.RunnerPath;

    private const UnixFileMode Mode = (UnixFileMode)0b101_101_101;

    private static readonly ConcurrentDictionary<string, byte[]?> Programs = new(StringComparer.Ordinal);

    private static readonly ConcurrentDictionary<string, bool> Placed = new(StringComparer.Ordinal);

    /// <summary>What is run, and by which it is known in a list of processes: it is not dumpable, so nobody can read its environment there (<see cref="KillScript"/>).</summary>
    public static IList<string> Command { get; } = [Path, ProcessMark.Keepalive];

    /// <summary>The program for a processor, by the engine's word for that; null when this build has none.</summary>
    public static byte[]? Of(string architecture) => Programs.GetOrAdd(architecture, static name =>
    {
        using var resource = typeof(RunnerProgram).Assembly.GetManifestResourceStream($"runner/{name}");
        if (resource is null)
        {
            return null;
        }

        var bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return bytes;
    });

    /// <summary>Puts it into a folder under a name that tells its content, unless it is there whole.</summary>
    /// <returns>The file; null when this build has no program for the processor.</returns>
    /// <exception cref="OpenCodeException">SandboxFailed: it cannot be written there.</exception>
    public static string? Place(string folder, string architecture)
    {
        if (Of(architecture) is not { } program)
        {
            return null;
        }

        var hash = SHA256.HashData(program);
        var file = System.IO.Path.Combine(folder, $"{architecture}-{Convert.ToHexStringLower(hash)[..16]}");
        if (Placed.ContainsKey(file) && File.Exists(file))
        {
            return file;
        }

        try
        {
            Directory.CreateDirectory(folder);
            if (!IsWhole(file, hash))
            {
                // Whole under another name first: a sandbox that is made at this moment by another process mounts what is there.
                var whole = $"{file}.{Guid.NewGuid():N}";
                File.WriteAllBytes(whole, program);
                if (!OperatingSystem.IsWindows())
                {
                    File.SetUnixFileMode(whole, Mode);
                }

                File.Move(whole, file, overwrite: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OpenCodeException(OpenCodeError.SandboxFailed, $"The program that runs commands in sandboxes cannot be put into '{folder}': {e.Message} Make the folder writable, or set docker.runner to off.", folder, e);
        }

        Placed[file] = true;
        return file;
    }

    private static bool IsWhole(string file, byte[] hash)
    {
        if (!File.Exists(file))
        {
            return false;
        }

        using var content = File.OpenRead(file);
        return SHA256.HashData(content).AsSpan().SequenceEqual(hash);
    }
}
