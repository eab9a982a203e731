namespace OpenCode.Sandboxes;

/// <summary>Which images may be run.</summary>
internal static class ImageRule
{
    /// <summary>Whether an image is one of a list; an empty list has all of them.</summary>
    /// <remarks>
    /// <c>*</c> is anything but <c>/</c>: <c>debian:*</c> is every tag of one image, <c>registry.example/team/*</c> every image of one folder, and <c>debian*</c> nothing of
    /// somebody else's registry that is called debian.example.
    /// </remarks>
    public static bool Allows(IReadOnlyList<string> allowed, string image) => allowed.Count == 0 || allowed.Any(pattern => Matches(pattern, image));

    // Back to the last star only, so the time is the product of the lengths at most.
    private static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> image)
    {
        var (p, i, star, from) = (0, 0, -1, 0);
        while (i < image.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (star, from) = (p++, i);
            }
            else if (p < pattern.Length && pattern[p] == image[i])
            {
                p++;
                i++;
            }
            else if (star >= 0 && image[from] != '/')
            {
                (p, i) = (star + 1, ++from);
            }
            else
            {
                return false;
            }
        }

        return pattern[p..].TrimStart('*').IsEmpty;
    }
}
