using System.Security.Cryptography;
using System.Text;
using OpenCode.Common;

namespace OpenCode.Registry.Sqlite.Leading;

/// <summary>The files by which leader and followers find each other, beside the database.</summary>
/// <param name="databaseFile">The database.</param>
internal sealed class LeaderFiles(string databaseFile)
{
    // sun_path has 108 bytes on Linux and 104 on macOS, with the end (unix(7), unix(4)).
    private const int LongestAddress = 103;

    private const string Memory = "/dev/shm"; // a file system in memory (shm_overview(7))

    /// <summary>Held by the leader.</summary>
    public string Seat => databaseFile + ".leader";

    /// <summary>Where it listens.</summary>
    public string Address => databaseFile + ".leader.sock";

    /// <summary>True when somebody leads, or has died leading and nobody has taken its place yet.</summary>
    public bool HasLeader => CanLead && File.Exists(Address);

    /// <summary>
    /// What became of the followers' frames. In memory where there is such a folder: the first write to a page of a file on disk, after that was written back, waits for the file system's journal,
    /// which on a busy disk takes seconds. One who cannot make it there, or does not see the leader's, goes through the gate.
    /// </summary>
    public string Slots { get; } = OperatingSystem.IsLinux() && Directory.Exists(Memory)
        ? Path.Combine(Memory, "opencode-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(databaseFile + "\n" + Environment.UserName)).AsSpan(0, 16)) + ".slots")
        : databaseFile + ".leader.slots";

    /// <summary>False where there is no leader: on Windows, which nobody has tried, and where the address is too long for a socket's.</summary>
    public bool CanLead { get; } = Native.IsUnix && Encoding.UTF8.GetByteCount(databaseFile + ".leader.sock") <= LongestAddress;
}
