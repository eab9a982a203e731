using System.Text;
using System.Xml;
using OpenCode.HelpBuilder;

// OpenCode.HelpBuilder <folder of pages> <folder to write to>. Errors go to standard error in the form in which MSBuild knows them for errors.
if (args is not [var source, var target])
{
    await Console.Error.WriteLineAsync("Usage: OpenCode.HelpBuilder <folder of pages> <folder to write to>").ConfigureAwait(false);
    return 2;
}

var commands = new List<CommandPage>();
var topics = new List<(string Name, IReadOnlyList<string> Lines)>();
var failed = false;
foreach (var file in Directory.GetFiles(source, "*.md").Order(StringComparer.Ordinal))
{
    try
    {
        var page = PageReader.Read(file);
        page.CheckLinks();
        if (page.Name.StartsWith("about_", StringComparison.Ordinal))
        {
            topics.Add((page.Name, new AboutText(page).Lines()));
        }
        else if (page.Name != "README")
        {
            commands.Add(new CommandPageReader(page).Read());
        }
    }
    catch (PageException e)
    {
        await Console.Error.WriteLineAsync(e.Message).ConfigureAwait(false);
        failed = true;
    }
}

if (!failed && commands.Select(static command => command.HelpFile).Distinct().Count() != 1)
{
    await Console.Error.WriteLineAsync($"{source}: error OCHELP: The pages have to be of one external help file.").ConfigureAwait(false);
    failed = true;
}

if (failed)
{
    return 1;
}

// The folder is ours alone: what another page left there goes.
if (Directory.Exists(target))
{
    Directory.Delete(target, true);
}

Directory.CreateDirectory(target);
var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
foreach (var (name, lines) in topics)
{
    await File.WriteAllTextAsync(Path.Combine(target, $"{name}.help.txt"), string.Join('\n', lines) + "\n", utf8).ConfigureAwait(false);
}

// Last: the build takes it for the sign that all is there.
var settings = new XmlWriterSettings { Encoding = utf8, Indent = true, NewLineChars = "\n", NewLineHandling = NewLineHandling.None };
using (var xml = XmlWriter.Create(Path.Combine(target, commands[0].HelpFile), settings))
{
    new MamlWriter(xml).Write(commands);
}

return 0;
