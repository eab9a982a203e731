using System.Management.Automation;
using System.Xml.Linq;

namespace OpenCode.Tests.Integration.Hosting;

/// <summary>The views name what is there, and what they need of their own goes nowhere else.</summary>
[Collection(HostingCollection.Name)]
public sealed class ViewTests
{
    private const string Hidden = "Oc";

    [Fact]
    public void EveryPropertyOfAView_isOneOfItsType()
    {
        using var shell = ModuleShell.Imported();
        var written = Written(shell);
        var columns = Columns();
        foreach (var view in XDocument.Load(Path.Combine(ModuleShell.ModuleFolder, "OpenCode.Format.ps1xml")).Descendants("View"))
        {
            foreach (var name in view.Descendants("TypeName").Select(static type => type.Value))
            {
                // What no cmdlet writes is part of what one writes, or comes back from a job.
                if (written.GetValueOrDefault(name.Replace("Deserialized.", "", StringComparison.Ordinal)) is { } type)
                {
                    Assert.All(view.Descendants("PropertyName").Select(static property => property.Value), property =>
                        Assert.True(type.GetProperty(property) is not null || columns.Contains((name, property)), $"The view '{view.Element("Name")!.Value}' shows '{property}', which '{name}' does not have."));
                }
            }

            Assert.Empty(view.Descendants("ScriptBlock"));
        }
    }

    [Fact]
    public void EveryTypeThatACmdletWrites_hasAView()
    {
        using var shell = ModuleShell.Imported();
        var viewed = XDocument.Load(Path.Combine(ModuleShell.ModuleFolder, "OpenCode.Format.ps1xml")).Descendants("TypeName").Select(static type => type.Value).ToHashSet();
        Assert.All(Written(shell).Keys, type => Assert.Contains(type, viewed));
    }

    [Fact]
    public void WhatIsSerialized_isEveryPropertyOfTheType_andNoColumn()
    {
        using var shell = ModuleShell.Imported();
        var written = Written(shell);
        var sets = XDocument.Load(Path.Combine(ModuleShell.ModuleFolder, "OpenCode.Types.ps1xml")).Descendants("Type").Where(static type => type.Descendants("CodeProperty").Any()).ToList();
        Assert.NotEmpty(sets);
        foreach (var entry in sets)
        {
            var name = entry.Element("Name")!.Value;
            var set = Assert.Single(entry.Descendants("PropertySet"), static set => set.Element("Name")!.Value == "PropertySerializationSet").Descendants("Name").Skip(1).Select(static n => n.Value);
            var aliases = entry.Descendants("AliasProperty").Select(static alias => alias.Element("Name")!.Value);
            if (written.GetValueOrDefault(name.Replace("Deserialized.", "", StringComparison.Ordinal)) is { } type)
            {
                var properties = type.GetProperties().Select(static property => property.Name).Order();
                Assert.Equal(properties, set.Except(aliases).Except(name.StartsWith("Deserialized.", StringComparison.Ordinal) ? set.Except(properties) : []).Order());
            }
        }
    }

    [Fact]
    public void Task_thatWasSerialized_hasItsValues_bindsAgain_andHasNoColumn()
    {
        using var shell = ModuleShell.Connected();
        var task = shell.Run("$t = New-OcTask kept -Owner ana -Priority 3 -Metadata @{ ticket = 1741 }; $null = $t | Add-OcAgent ada; $t = Get-OcTask $t; $t")[0];
        var text = PSSerializer.Serialize(task);
        Assert.DoesNotContain($"\"{Hidden}", text, StringComparison.Ordinal);
        shell.Set("read", PSSerializer.Deserialize(text));
        Assert.Equal(["kept", "ana", "3", "Running", "ada"], shell.Texts("$read.Name; $read.Owner; $read.Priority; $read.Status; $read.Agents"));
        Assert.Equal("Completed", shell.Texts("($read | Complete-OcTask).Status")[0]);
        var lease = PSSerializer.Serialize(shell.Run("New-OcTask other | Add-OcAgent bob")[0]);
        shell.Set("lease", PSSerializer.Deserialize(lease));
        Assert.Equal("bob wrote", shell.Texts("($lease | Add-OcTaskLog 'bob wrote' -PassThru).Message")[0]);
    }

    [Fact]
    public void Column_ofALiveObject_isThere_andInNoListOfMembers()
    {
        using var shell = ModuleShell.Connected();
        Assert.Matches("^(now|\\d+ s ago)$", shell.Texts("$t = New-OcTask x; $t.OcAge")[0]);
        Assert.DoesNotContain(shell.Texts("$t.psobject.Properties.Name"), static name => name.StartsWith(Hidden, StringComparison.Ordinal));
        Assert.Equal("\u001b[36mRunning\u001b[0m", shell.Texts("($t | Start-OcTask).OcStatus")[0]);
        Assert.Equal("{\"a\":1}", shell.Texts("(New-OcTask y -Metadata @{ a = 1 }).OcJson")[0]);
    }

    /// <summary>What agents write is in the object as they wrote it; a person's terminal is not steered by it.</summary>
    [Theory]
    [InlineData("New-OcTask t -Description $bad", "Description", "OcDescription")]
    [InlineData("New-OcTask t | Start-OcTask | Complete-OcTask -ErrorMessage $bad", "Error", "OcError")]
    [InlineData("New-OcTask t | Start-OcTask | Complete-OcTask -Message $bad", "Result", "OcResult")]
    [InlineData("New-OcTask t | Add-OcTaskLog $bad -PassThru", "Message", "OcMessage")]
    [InlineData("New-OcTask t | Add-OcAgent ann | Add-OcTaskDecision $bad -PassThru", "Text", "OcText")]
    [InlineData("New-OcTask t | Add-OcAgent ann | Add-OcTaskDecision text -Reasoning $bad -PassThru", "Reasoning", "OcReasoning")]
    [InlineData("New-OcTask t | New-OcCheckpoint $bad", "Description", "OcDescription")]
    public void TextOfAnAgent_steersNoTerminal(string script, string property, string column)
    {
        using var shell = ModuleShell.Connected();
        shell.Set("bad", "a\u001b[2Jb\u009b1mc\rd\u007fe\u202ef\u2066g\nh\ti\r\nj\0k ä€\U0001F600");
        shell.Run($"$written = {script}");
        var shown = shell.Texts($"$written.{column}")[0];
        Assert.Contains("a\u241b[2Jb\ufffd1mc\u240dd\u2421e\ufffdf\ufffdg\nh\ti\r\nj\u2400k ä€\U0001F600", shown, StringComparison.Ordinal);
        Assert.Contains("\u001b[2J", shell.Texts($"$written.{property}")[0], StringComparison.Ordinal);
    }

    private static Dictionary<string, Type> Written(ModuleShell shell) => shell.Run("Get-Command -Module OpenCode -CommandType Cmdlet").Select(static c => (CmdletInfo)c.BaseObject)
        .SelectMany(static cmdlet => cmdlet.OutputType.Select(static output => output.Type)).Where(static type => type?.FullName?.StartsWith("OpenCode.", StringComparison.Ordinal) is true)
        .DistinctBy(static type => type.FullName).ToDictionary(static type => type.FullName!);

    private static HashSet<(string Type, string Column)> Columns() => [.. XDocument.Load(Path.Combine(ModuleShell.ModuleFolder, "OpenCode.Types.ps1xml")).Descendants("Type")
        .SelectMany(static type => type.Descendants("CodeProperty").Concat(type.Descendants("AliasProperty")).Select(member => (type.Element("Name")!.Value, member.Element("Name")!.Value)))];
}
