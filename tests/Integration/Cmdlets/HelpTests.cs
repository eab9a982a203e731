using System.Management.Automation;
using System.Management.Automation.Language;
using System.Text.RegularExpressions;
using OpenCode.HelpBuilder;
using OpenCode.Tests.Integration.Hosting;

namespace OpenCode.Tests.Integration.Cmdlets;

/// <summary>The pages in docs/en-US say what is so, about everything that is there, and Get-Help finds what the build makes of them.</summary>
[Collection(HostingCollection.Name)]
public sealed class HelpTests : IDisposable
{
    private static readonly string s_pages = Path.Combine(Repository.Root, "docs", "en-US");

    private readonly ModuleShell _shell = ModuleShell.Imported();

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void EveryCmdlet_hasAPage_andEveryPageACmdlet()
    {
        string[] pages = [.. Directory.EnumerateFiles(s_pages, "*-*.md").Select(static file => Path.GetFileNameWithoutExtension(file)).Order()];
        string[] cmdlets = [.. Cmdlets().Select(static cmdlet => cmdlet.Name).Order()];
        Assert.True(
            cmdlets.SequenceEqual(pages),
            $"Without a page: {string.Join(", ", cmdlets.Except(pages))}. Without a cmdlet: {string.Join(", ", pages.Except(cmdlets))}. "
            + $"A page is '{s_pages}/<cmdlet>.md' and is built into the help as it is: copy that of a similar cmdlet and change every section; "
            + "'Get-Command <cmdlet> -Syntax' gives the syntax, and the other tests of this class say which fact of a parameter is not so.");
    }

    [Fact]
    public void Index_leadsToEveryPage()
    {
        var index = PageReader.Read(Path.Combine(s_pages, "README.md")).Links.Select(static link => link.Address);
        Assert.Equal(Directory.EnumerateFiles(s_pages, "*.md").Select(static file => Path.GetFileName(file)).Where(static name => name != "README.md").Order(), index.Distinct().Order());
    }

    [Fact]
    public void Syntax_isTheRealOne()
    {
        Assert.All(Pages(), static documented =>
        {
            var (cmdlet, page) = documented;
            var real = cmdlet.ParameterSets.Select(set => Visible($"{cmdlet.Name} {set}", set)).Order();
            Assert.Equal(real, page.Syntax.Select(static set => set.Text).Order());
            Assert.Equal(
                cmdlet.ParameterSets.Count > 1 ? cmdlet.ParameterSets.Select(static set => (set.Name, set.IsDefault)).Order() : [],
                page.Syntax.Where(static set => set.Name is not null).Select(static set => (set.Name!, set.IsDefault)).Order());
        });
    }

    [Fact]
    public void EveryParameter_isDescribedAsItIs()
    {
        Assert.All(Pages(), static documented =>
        {
            var (cmdlet, page) = documented;
            var wrong = new List<string>();
            foreach (var (set, syntax) in cmdlet.ParameterSets.Select(set => (set, page.Syntax.Single(s => s.Name is null || s.Name == set.Name))))
            {
                foreach (var parameter in set.Parameters.Where(static parameter => !Hidden(parameter) && !Cmdlet.CommonParameters.Contains(parameter.Name)))
                {
                    var said = page.Parameters.SingleOrDefault(entry => entry.Name == parameter.Name)?.In(syntax) is { } facts ? Facts(facts) : "nothing";
                    if (said != Facts(parameter))
                    {
                        wrong.Add($"{cmdlet.Name} -{parameter.Name} is {Facts(parameter)}; its page says {said}.");
                    }
                }
            }

            Assert.True(wrong.Count == 0, string.Join('\n', wrong));
            Assert.Empty(page.Parameters.Select(static entry => entry.Name).Except(cmdlet.Parameters.Keys));
        });
    }

    [Fact]
    public void EveryAlias_isInTheNotes()
    {
        var aliases = _shell.One<PSModuleInfo>("Get-Module OpenCode").ExportedAliases.Values.ToLookup(static alias => alias.Definition, static alias => alias.Name);
        Assert.All(Pages(), documented =>
        {
            var notes = string.Join(' ', documented.Page.Notes.Select(BlockText.Of));
            var said = Regex.Matches(notes, @"Alias(?:es)?: ([\w, ]+)\.").SelectMany(static match => match.Groups[1].Value.Split(", "));
            Assert.Equal(aliases[documented.Cmdlet.Name].Order(), said.Order());
        });
    }

    [Fact]
    public void EveryExample_parses_andUsesOnlyWhatIsThere()
    {
        var cmdlets = Cmdlets();
        var names = cmdlets.ToDictionary(static cmdlet => cmdlet.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var alias in _shell.One<PSModuleInfo>("Get-Module OpenCode").ExportedAliases.Values)
        {
            names.Add(alias.Name, names[alias.Definition]);
        }

        Assert.All(Pages(), documented => Assert.All(documented.Page.Examples, example =>
        {
            var script = Parser.ParseInput(example.Code, out _, out var errors);
            Assert.True(errors.Length == 0, $"{example.Title}: {string.Join("; ", errors.Select(static error => error.Message))}");
            var used = script.FindAll(static ast => ast is CommandAst, true).Cast<CommandAst>().Where(static command => command.GetCommandName() is not null).ToArray();
            Assert.Contains(used, command => names.GetValueOrDefault(command.GetCommandName())?.Name == documented.Cmdlet.Name);
            foreach (var command in used.Where(command => command.GetCommandName().Contains("-Oc", StringComparison.OrdinalIgnoreCase) || names.ContainsKey(command.GetCommandName())))
            {
                Assert.True(names.TryGetValue(command.GetCommandName(), out var cmdlet), $"{example.Title}: there is no '{command.GetCommandName()}'.");
                foreach (var parameter in command.CommandElements.OfType<CommandParameterAst>())
                {
                    // Throws for a name that is none and for one that could be several.
                    Assert.NotNull(cmdlet.ResolveParameter(parameter.ParameterName));
                }
            }

            Assert.NotEmpty(example.Output.Trim());
        }));
    }

    [Fact]
    public void GetHelp_givesThePage()
    {
        Assert.All(Pages(), documented =>
        {
            var page = documented.Page;
            Assert.Equal(page.Synopsis, Assert.Single(_shell.Texts($"$help = Get-Help {page.Name} -Full; $help.Synopsis")));
            Assert.Equal(page.Syntax.Count, _shell.Run("foreach ($set in $help.syntax.syntaxItem) { $set }").Count);
            Assert.Equal(page.Parameters.Select(static entry => entry.Name), _shell.Texts("foreach ($one in $help.parameters.parameter) { $one.name }"));
            Assert.All(_shell.Texts("foreach ($one in $help.parameters.parameter) { \"$($one.description.Text)\" }"), Assert.NotEmpty);
            Assert.Equal(page.Examples.Select(static example => example.Code.Trim()), _shell.Texts("foreach ($one in $help.examples.example) { $one.code.Replace(\"`r\", '').Trim() }"));
            Assert.Equal(page.Examples.Select(static example => example.Output.Trim()), _shell.Texts("foreach ($one in $help.examples.example) { $one.remarks[0].Text.Replace(\"`r\", '').Trim() }"));
            Assert.NotEmpty(_shell.Texts("$help.alertSet.alert.Text"));
            Assert.Equal(page.Links.Select(static link => link.Text), _shell.Texts("foreach ($one in $help.relatedLinks.navigationLink) { $one.linkText }"));
        });
    }

    [Fact]
    public void GetHelp_inAnotherLanguage_givesEnglish()
    {
        Assert.Equal(
            ["de-DE", "Creates a task.", "TOPIC"],
            _shell.Texts("[cultureinfo]::CurrentUICulture = 'de-DE'; [cultureinfo]::CurrentUICulture.Name; (Get-Help New-OcTask).Synopsis; (Get-Help about_OpenCode).Substring(0, 5)"));
    }

    [Fact]
    public void AboutTopics_areFound_andFitEveryWindow()
    {
        string[] topics = [.. Directory.EnumerateFiles(s_pages, "about_*.md").Select(static file => Path.GetFileNameWithoutExtension(file)).Order()];
        Assert.Superset(new HashSet<string> { "about_OpenCode", "about_OpenCode_Configuration", "about_OpenCode_Hooks", "about_OpenCode_Sandboxes", "about_OpenCode_Tasks" }, topics.ToHashSet());
        Assert.Equal(topics, Directory.EnumerateFiles(Path.Combine(ModuleShell.ModuleFolder, "en-US"), "*.help.txt").Select(static file => Path.GetFileName(file)[..^".help.txt".Length]).Order());
        Assert.All(topics, topic =>
        {
            var text = Assert.Single(_shell.Texts($"Get-Help {topic}"));
            Assert.StartsWith($"TOPIC\n    {topic}\n", text.ReplaceLineEndings("\n"));
            Assert.All(text.Split('\n'), static line => Assert.InRange(line.TrimEnd('\r').Length, 0, 80));
            Assert.NotEmpty(Assert.Single(_shell.Texts($"(Get-Help 'about_OpenCode*').Where{{ $_.Name -eq '{topic}' }}.Synopsis")));
        });
    }

    private List<CmdletInfo> Cmdlets() => [.. _shell.Run("Get-Command -Module OpenCode -CommandType Cmdlet").Select(static c => (CmdletInfo)c.BaseObject)];

    private List<(CmdletInfo Cmdlet, CommandPage Page)> Pages() =>
        [.. Cmdlets().Select(static cmdlet => (cmdlet, new CommandPageReader(PageReader.Read(Path.Combine(s_pages, $"{cmdlet.Name}.md"))).Read()))];

    private static bool Hidden(CommandParameterInfo parameter) => parameter.Attributes.OfType<ParameterAttribute>().Any(static attribute => attribute.DontShow);

    private static string Visible(string syntax, CommandParameterSetInfo set) =>
        set.Parameters.Where(Hidden).Aggregate(syntax, static (text, parameter) => Regex.Replace(text, $@" \[-{parameter.Name}( <[^>]+>)?\]", ""));

    private static string Facts(ParameterFacts facts) => string.Join(", ", [
        facts.Type, $"aliases '{string.Join(' ', facts.Aliases)}'", $"values '{string.Join(' ', facts.Values)}'", facts.Required ? "required" : "optional",
        $"position {facts.Position?.ToString() ?? "named"}", $"pipeline {facts.Pipeline}", facts.Wildcards ? "wildcards" : "no wildcards"]);

    private static string Facts(CommandParameterInfo parameter)
    {
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        var element = type.GetElementType() ?? type;
        var values = element.IsEnum ? Enum.GetNames(element) : parameter.Attributes.OfType<ValidateSetAttribute>().SelectMany(static set => set.ValidValues);
        var pipeline = (parameter.ValueFromPipelineByPropertyName, parameter.ValueFromPipeline) switch
        {
            (true, true) => "True (ByPropertyName, ByValue)",
            (true, false) => "True (ByPropertyName)",
            (false, true) => "True (ByValue)",
            _ => "False",
        };
        return string.Join(", ", [
            type.Name, $"aliases '{string.Join(' ', parameter.Aliases)}'", $"values '{string.Join(' ', values)}'", parameter.IsMandatory ? "required" : "optional",
            $"position {(parameter.Position < 0 ? "named" : parameter.Position.ToString())}", $"pipeline {pipeline}", parameter.Attributes.OfType<SupportsWildcardsAttribute>().Any() ? "wildcards" : "no wildcards"]);
    }
}
