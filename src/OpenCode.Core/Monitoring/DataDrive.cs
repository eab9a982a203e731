namespace OpenCode.Monitoring;

/// <summary>The drive that a folder is on.</summary>
internal static class DataDrive
{
    /// <summary>The drive; of a folder that is not there yet, that of the nearest one above it.</summary>
    public static DriveInfo Of(string folder)
    {
        var present = folder;
        while (!Directory.Exists(present) && Path.GetDirectoryName(present) is { Length: > 0 } above)
        {
            present = above;
        }

        // On Unix any path names its drive; on Windows only a root does.
        return new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(present)! : present);
    }
}
