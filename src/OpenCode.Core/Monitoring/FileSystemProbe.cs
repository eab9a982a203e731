namespace OpenCode.Monitoring;

/// <summary>Whether the data are on a local file system: SQLite's shared memory and file locks do not work over a network share.</summary>
/// <param name="dataRoot">The data root.</param>
internal sealed class FileSystemProbe(string dataRoot) : IHealthProbe
{
    private const string Advice = "Put the data root on a local disk with OPENCODE_DATA. Over a share, two processes can damage the store.";

    // What .NET does not count as a network drive and still is one, by the names the kernel gives.
    private static readonly string[] Shares = ["nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "afs", "9p", "ceph", "glusterfs", "fuse.sshfs", "fuseblk.sshfs", "lustre", "webdav", "davfs"];

    public string Name => "FileSystem";

    public ValueTask<HealthFinding> LookAsync(CancellationToken cancellationToken)
    {
        if (dataRoot.StartsWith(@"\\", StringComparison.Ordinal))
        {
            return new(HealthFinding.Warning($"The data root '{dataRoot}' is a network share.", Advice));
        }

        var drive = DataDrive.Of(dataRoot);
        return new(drive.DriveType == DriveType.Network || Shares.Contains(drive.DriveFormat, StringComparer.OrdinalIgnoreCase)
            ? HealthFinding.Warning($"The data root '{dataRoot}' is on a network share ({drive.DriveFormat}).", Advice)
            : HealthFinding.Healthy($"The data root '{dataRoot}' is on a local file system ({drive.DriveFormat})."));
    }
}
