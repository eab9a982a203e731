using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;
using System.Text;

/// <summary>A session's host without a person: keeps what it is to show, in order, and answers nothing. Compiled by HelpExamples.psm1.</summary>
public sealed class PageHost : PSHost
{
    private readonly PageUi _ui = new PageUi();

    public override string Name => "Examples";
    public override Version Version { get; } = new Version(1, 0);
    public override Guid InstanceId { get; } = Guid.NewGuid();
    public override PSHostUserInterface UI => _ui;
    public override CultureInfo CurrentCulture => CultureInfo.InvariantCulture;
    public override CultureInfo CurrentUICulture => CultureInfo.InvariantCulture;
    public string Text => _ui.Text.ToString();
    public override void SetShouldExit(int exitCode) => throw new NotSupportedException("An example does not end its session.");
    public override void EnterNestedPrompt() => throw new NotSupportedException("There is nobody to ask.");
    public override void ExitNestedPrompt() => throw new NotSupportedException("There is nobody to ask.");
    public override void NotifyBeginApplication() { }
    public override void NotifyEndApplication() { }

    private sealed class PageUi : PSHostUserInterface
    {
        public StringBuilder Text { get; } = new StringBuilder();
        public override PSHostRawUserInterface RawUI => null!;
        public override void Write(string value) => Text.Append(value);
        public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) => Text.Append(value);
        public override void WriteLine(string value) => Text.Append(value).Append('\n');
        public override void WriteErrorLine(string value) => WriteLine(value);
        public override void WriteDebugLine(string message) => WriteLine("DEBUG: " + message);
        public override void WriteVerboseLine(string message) => WriteLine("VERBOSE: " + message);
        public override void WriteWarningLine(string message) => WriteLine("WARNING: " + message);
        public override void WriteProgress(long sourceId, ProgressRecord record) { }
        public override string ReadLine() => throw Nobody();
        public override SecureString ReadLineAsSecureString() => throw Nobody();
        public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) => throw Nobody();
        public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) => throw Nobody();
        public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) => throw Nobody();
        public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice) => throw Nobody();
        private static Exception Nobody() => new NotSupportedException("There is nobody to ask.");
    }
}
