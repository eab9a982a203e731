using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Cmdlets;

[Collection(HostingCollection.Name)]
public sealed class StoreTests
{
    [Fact]
    public void Connect_isOfTheRunspace()
    {
        using var first = ModuleShell.Connected();
        using var second = ModuleShell.Connected();
        first.Run("$null = New-OcTask ofFirst");
        Assert.Empty(second.Run("Get-OcTask"));
        Assert.Single(first.Run("Get-OcTask"));
    }

    [Fact]
    public void Connect_elsewhere_letsTheOldStoreGo()
    {
        using var shell = ModuleShell.Connected();
        shell.Run($"$null = New-OcTask x; $null = Connect-OcStore '{shell.Folder}/second'");
        Assert.Empty(shell.Run("Get-OcTask"));
        Assert.All(OpenFiles.Under(shell.Folder), file => Assert.StartsWith(Path.Combine(shell.Folder, "second"), file));
    }

    [Fact]
    public void Connect_givesTheStore_byARelativePath()
    {
        using var shell = ModuleShell.Connected();
        Directory.CreateDirectory(Path.Combine(shell.Folder, "here"));
        var texts = shell.Texts($"$s = Get-OcConfiguration; $null = $ExecutionContext.SessionState.Path.SetLocation('{shell.Folder}/here'); $c = Connect-OcStore ./store -Database ./other.db -Synchronous full; $c.DataRoot; $c.Database; $c.StoreId.Length -gt 8");
        Assert.Equal([Path.Combine(shell.Folder, "here", "store"), Path.Combine(shell.Folder, "here", "other.db"), "True"], texts);
        Assert.Equal(["full parameter"], shell.Texts("Get-OcConfiguration | ? Key -eq database.synchronous | % { \"$($_.Value) $($_.Source)\" }"));
    }

    [Fact]
    public void Configuration_isFoundInTheCurrentLocation()
    {
        using var shell = ModuleShell.Imported();
        File.WriteAllText(Path.Combine(shell.Folder, "opencode-tasks.json"), """{ "dataRoot": "data", "database": { "cacheSize": 77 } }""");
        File.WriteAllText(Path.Combine(shell.Folder, "config.json"), """{ "somebody": "else" }""");
        shell.Run($"$null = $ExecutionContext.SessionState.Path.SetLocation('{shell.Folder}')");
        Assert.Equal(["77"], shell.Texts("Get-OcConfiguration | ? Key -eq database.cacheSize | % Value"));
        Assert.False(Directory.Exists(Path.Combine(shell.Folder, "data")));
    }

    [Fact]
    public void Configuration_ofSomebodyElse_isPassedOver_andSaidSo()
    {
        using var shell = ModuleShell.Imported();
        File.WriteAllText(Path.Combine(shell.Folder, "config.json"), """{ "somebody": "else" }""");
        var result = shell.Try($"$null = $ExecutionContext.SessionState.Path.SetLocation('{shell.Folder}'); Get-OcConfiguration -Verbose");
        Assert.Empty(result.Errors);
        Assert.Contains(result.Verbose, static text => text.Contains("config.json", StringComparison.Ordinal));
    }
}
