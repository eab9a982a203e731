namespace OpenCode.Sandboxes.Copying;

/// <summary>How much one copy may be.</summary>
/// <param name="Entries">The most files, folders and links.</param>
/// <param name="Bytes">The most bytes of all files.</param>
internal sealed record CopyLimit(int Entries, long Bytes)
{
    /// <exception cref="OpenCodeException">LimitExceeded.</exception>
    public void Check(string path, CopyTotals totals)
    {
        if (totals.Files + totals.Folders + totals.Links > Entries)
        {
            throw new OpenCodeException(OpenCodeError.LimitExceeded, $"'{path}' has more than {Entries} files and folders, which is the limit of one copy. Copy it in parts, or pack it into one file first.", path);
        }

        if (totals.Bytes > Bytes)
        {
            throw new OpenCodeException(OpenCodeError.LimitExceeded, $"'{path}' has more than {Bytes / 1048576} MiB, which is the limit of this copy. Allow more, or copy less.", path);
        }
    }
}
