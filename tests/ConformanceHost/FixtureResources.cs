using System.Text.RegularExpressions;
using ModelContextProtocol.Protocol;

namespace OpenCode.Tests.ConformanceHost;

/// <summary>The resources the suite reads.</summary>
internal static partial class FixtureResources
{
    public const string Watched = "test://watched-resource";

    private const string Text = "test://static-text";
    private const string Binary = "test://static-binary";

    public static IReadOnlyList<Resource> All { get; } =
    [
        new() { Uri = Text, Name = "static-text", Description = "A text.", MimeType = "text/plain" },
        new() { Uri = Binary, Name = "static-binary", Description = "A picture.", MimeType = "image/png" },
        new() { Uri = Watched, Name = "watched-resource", Description = "One to be followed.", MimeType = "text/plain" },
    ];

    public static ResourceTemplate Template { get; } = new() { UriTemplate = "test://template/{id}/data", Name = "template", Description = "One of many.", MimeType = "application/json" };

    public static ResourceContents? Find(string uri) => uri switch
    {
        Text => new TextResourceContents { Uri = uri, MimeType = "text/plain", Text = "This is the content of the static text resource." },
        Binary => BlobResourceContents.FromBytes(FixtureTools.Png, uri, "image/png"),
        Watched => new TextResourceContents { Uri = uri, MimeType = "text/plain", Text = "Nothing changes here." },
        _ when OfTemplate().Match(uri) is { Success: true } match => new TextResourceContents { Uri = uri, MimeType = "application/json", Text = $$"""{"id":"{{match.Groups[1]}}","templateTest":true,"data":"Data for ID: {{match.Groups[1]}}"}""" },
        _ => null,
    };

    [GeneratedRegex("^test://template/([A-Za-z0-9]+)/data$")]
    private static partial Regex OfTemplate();
}
