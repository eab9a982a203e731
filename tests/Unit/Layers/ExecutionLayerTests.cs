using System.Text;
using OpenCode.Common;
using OpenCode.Layers;

namespace OpenCode.Tests.Unit.Layers;

public sealed class ExecutionLayerTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("opencode-unit-");
    private readonly TaskFolder _folder;

    public ExecutionLayerTests()
    {
        _folder = new TaskFolder(_root.FullName, "T");
        Directory.CreateDirectory(_folder.Executions);
    }

    public void Dispose() => _root.Delete(recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(49)]
    [InlineData(50)]
    [InlineData(51)]
    [InlineData(99)]
    [InlineData(100)]
    [InlineData(101)]
    [InlineData(150)]
    [InlineData(1_000)]
    [InlineData(200_000)]
    public void Output_is_read_as_it_would_have_been_kept_when_it_came(int length)
    {
        var bytes = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, (length / 5) + 1).Select(i => $"{i:0000}\n")))[..length];
        File.WriteAllBytes(_folder.ExecutionLog("exec_1"), bytes);
        var whole = new BoundedOutput(100);
        whole.Write(bytes);

        var read = ExecutionLayer.Read(_folder, "exec_1", 100);

        Assert.Equal((whole.ToString(), whole.Truncated, whole.Total), (read.ToString(), read.Truncated, read.Total));
        Assert.Equal(length > 100, read.Truncated);
    }

    [Fact]
    public void Output_that_is_not_there_is_empty_and_a_link_is_not_followed()
    {
        Assert.Equal("", ExecutionLayer.Read(_folder, "exec_none", 100).ToString());

        var secret = Path.Combine(_root.FullName, "secret");
        File.WriteAllText(secret, "secret");
        File.CreateSymbolicLink(_folder.ExecutionLog("exec_link"), secret);
        Assert.Equal(OpenCodeError.StateCorrupt, Assert.Throws<OpenCodeException>(() => ExecutionLayer.Read(_folder, "exec_link", 100)).Error);
    }
}
