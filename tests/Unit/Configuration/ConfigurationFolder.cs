using OpenCode.Configuration;

namespace OpenCode.Tests.Unit.Configuration;

/// <summary>A current location and a data root of a test's own, and the messages a load gave.</summary>
internal sealed class ConfigurationFolder : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("opencode-configuration-");

    public ConfigurationFolder()
    {
        Here = Directory.CreateDirectory(Path.Combine(_root.FullName, "here")).FullName;
        DataRoot = Directory.CreateDirectory(Path.Combine(_root.FullName, "data")).FullName;
        Variables["OPENCODE_DATA"] = DataRoot;
    }

    public string Here { get; }

    public string DataRoot { get; }

    public Dictionary<string, string?> Variables { get; } = [];

    public List<string> Verbose { get; } = [];

    public List<string> Warnings { get; } = [];

    public ConfigurationSources Sources => new()
    {
        CurrentDirectory = Here,
        Environment = Variables,
        Verbose = Verbose.Add,
        Warning = Warnings.Add,
    };

    /// <summary>Writes a file in the current location, or in the data root when the name begins with <c>data/</c>.</summary>
    public string Write(string name, string text)
    {
        var path = name.StartsWith("data/", StringComparison.Ordinal) ? Path.Combine(DataRoot, name[5..]) : Path.Combine(Here, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    public OpenCodeConfiguration Load() => ConfigurationLoader.Load(Sources);

    public OpenCodeException Refused(ConfigurationSources? sources = null)
    {
        var e = Assert.Throws<OpenCodeException>(() => ConfigurationLoader.Load(sources ?? Sources));
        Assert.Equal(OpenCodeError.InvalidArgument, e.Error);
        return e;
    }

    public void Dispose() => _root.Delete(recursive: true);
}
