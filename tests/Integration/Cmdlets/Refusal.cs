using System.Globalization;
using System.Management.Automation;

namespace OpenCode.Tests.Integration.Cmdlets;

/// <summary>An error as tables of tests write it: its id, its category, and its target's type and text.</summary>
internal static class Refusal
{
    public static string Of(ErrorRecord error)
    {
        var target = error.TargetObject is PSObject wrapped ? wrapped.BaseObject : error.TargetObject;
        var shown = target is null ? "" : $" {target.GetType().Name} {LanguagePrimitives.ConvertTo(error.TargetObject, typeof(string), CultureInfo.InvariantCulture)}";
        return $"{error.FullyQualifiedErrorId.Split(',')[0]} {error.CategoryInfo.Category}{shown}".TrimEnd();
    }
}
