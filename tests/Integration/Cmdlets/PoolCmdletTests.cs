using OpenCode.Configuration;
using OpenCode.Tests.Integration.Hosting;
using OpenCode.Tests.Integration.Sandboxes;

namespace OpenCode.Tests.Integration.Cmdlets;

/// <summary>A session that has connected to a store keeps what the configuration says ready, and takes it along.</summary>
[Collection(HostingCollection.Name)]
public sealed class PoolCmdletTests
{
    [Fact]
    public void Pool_that_nobody_wants_is_shown_as_none()
    {
        using var shell = ModuleShell.Connected();
        var standing = shell.One<SandboxPool>("Get-OcSandbox -Pool");
        Assert.Equal((0, 0, 0, 0L, 0L, null), (standing.Target, standing.Ready, standing.Making, standing.Hits, standing.Misses, standing.Problem));
    }

    [Fact]
    public async Task Session_keeps_a_pool_that_serves_its_commands_and_goes_with_it()
    {
        await DockerEngine.RequireAsync();
        var folder = Directory.CreateTempSubdirectory("oc-pool-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, "config.json"), """{"docker":{"image":"IMAGE","warmPool":{"size":1},"defaultResourceLimits":{"memory":64}}}""".Replace("IMAGE", DockerEngine.Image, StringComparison.Ordinal), Test.Token);
            await using var runtime = await OpenCodeRuntime.OpenAsync(new OpenCodeConfiguration { DataRoot = folder.FullName }, Test.Token);
            using (var shell = ModuleShell.Imported())
            {
                shell.Run($"$null = Connect-OcStore '{folder.FullName}'");
                await PoolWatch.UntilReadyAsync(runtime, 1);
                Assert.Equal("pooled", shell.Texts("$t = New-OcTask x; ($t | Invoke-OcTask 'echo pooled').Stdout.Trim()")[0]);
                await PoolWatch.UntilReadyAsync(runtime, 1);
                var standing = shell.One<SandboxPool>("Get-OcSandbox -Pool");
                Assert.Equal((1, 1, 1L, 0L, null), (standing.Target, standing.Ready, standing.Hits, standing.Misses, standing.Problem));
                Assert.Contains("-pool.", shell.Texts("(Get-OcSandbox $t).Name")[0], StringComparison.Ordinal);
                shell.Run("$t | Remove-OcTask -Force -Confirm:$false");
            }

            await PoolWatch.UntilReadyAsync(runtime, 0);
            Assert.Empty(await Crash.EngineCount.OfAsync(DockerEngine.Endpoint.Address!.LocalPath, runtime.StoreId));
        }
        finally
        {
            folder.Delete(true);
        }
    }
}
