using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Cmdlets;

[Collection(HostingCollection.Name)]
public sealed class HealthTests
{
    private static readonly string[] All = ["Store", "DiskSpace", "FileSystem", "WriteAheadLog", "Configuration", "Leftovers", "Projection", "Leases", "Deletions", "Tasks", "Clock", "Sandbox"];

    [Fact]
    public void EveryProbe_givesOneObject_andASoundStoreIsHealthy()
    {
        using var shell = ModuleShell.Connected();
        shell.Run("$null = 1..3 | New-OcTask");
        HealthProbe[] probes = [.. shell.Run("Test-OcHealth").Select(static o => (HealthProbe)o.BaseObject)];
        Assert.Equal(All, probes.Select(static p => p.Name));
        Assert.All(probes, static probe =>
        {
            Assert.NotEmpty(probe.Message);
            Assert.True(probe.Duration > TimeSpan.Zero);
            Assert.Equal(probe.Status == HealthStatus.Healthy, probe.Advice is null);
        });

        // The machine's disk and engine are not the test's.
        Assert.All(probes.Where(static p => p.Name is not ("DiskSpace" or "FileSystem" or "Sandbox")), static p => Assert.Equal(HealthStatus.Healthy, p.Status));
        Assert.Contains("schema", probes[0].Message);
    }

    [Fact]
    public void Name_filters_andOneThatNoProbeHasIsAnError()
    {
        using var shell = ModuleShell.Connected();
        Assert.Equal(["DiskSpace", "Deletions"], shell.Texts("Test-OcHealth d* | % Name"));
        var result = shell.Try("Test-OcHealth store, nonesuch | % Name");
        Assert.Equal(["Store"], result.Output.Select(static o => o.ToString()));
        Assert.StartsWith("InvalidArgument,", Assert.Single(result.Errors).FullyQualifiedErrorId);
    }

    [Fact]
    public void Store_thatCannotBeOpened_isAnUnhealthyObject_andNoError()
    {
        using var shell = ModuleShell.Imported();
        var before = Environment.GetEnvironmentVariable("OPENCODE_DATA");
        File.WriteAllText(Path.Combine(shell.Folder, "file"), "");
        Environment.SetEnvironmentVariable("OPENCODE_DATA", Path.Combine(shell.Folder, "file", "data"));
        try
        {
            HealthProbe[] probes = [.. shell.Run("Test-OcHealth").Select(static o => (HealthProbe)o.BaseObject)];
            Assert.Equal(("Store", HealthStatus.Unhealthy), (probes[0].Name, probes[0].Status));
            Assert.Contains(Path.Combine(shell.Folder, "file", "data"), probes[0].Message);
            Assert.NotNull(probes[0].Advice);
            Assert.Superset(new HashSet<string> { "DiskSpace", "FileSystem", "Configuration", "Sandbox" }, probes.Select(static p => p.Name).ToHashSet());
        }
        finally
        {
            Environment.SetEnvironmentVariable("OPENCODE_DATA", before);
        }
    }

    [Fact]
    public void Trouble_isTold_byTheProbeItBelongsTo()
    {
        using var shell = ModuleShell.Connected();
        var id = shell.One<string>("(New-OcTask x).Id");
        File.WriteAllText(Path.Combine(shell.Folder, "tasks", id, "state.json"), "{}");
        Directory.CreateDirectory(Path.Combine(shell.Folder, "tasks", ".stray-old-1"));
        HealthProbe[] probes = [.. shell.Run("Test-OcHealth Tasks, Leftovers, Leases").Select(static o => (HealthProbe)o.BaseObject)];
        Assert.Equal([("Leftovers", HealthStatus.Warning), ("Leases", HealthStatus.Healthy), ("Tasks", HealthStatus.Warning)], probes.Select(static p => (p.Name, p.Status)));
        Assert.Contains(id, probes[2].Message);
        Assert.Contains("Repair-OcTask", probes[2].Advice);
    }

    [Fact]
    public void Engine_thatDoesNotAnswer_isAWarning()
    {
        using var shell = ModuleShell.Imported();
        shell.Run($"$null = Connect-OcStore '{shell.Folder}' -DockerEndpoint unix:///nonexistent/docker.sock");
        var probe = shell.One<HealthProbe>("Test-OcHealth Sandbox");
        Assert.Equal(HealthStatus.Warning, probe.Status);
        Assert.Contains("/nonexistent/docker.sock", probe.Message);
    }
}
