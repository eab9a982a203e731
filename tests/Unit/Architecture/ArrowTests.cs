using System.Reflection;
using System.Reflection.Emit;
using OpenCode.Tasks;

namespace OpenCode.Tests.Unit.Architecture;

/// <summary>The rooms of Core and who may know whom, read from signatures, locals and the instructions of every method.</summary>
public sealed class ArrowTests
{
    private static readonly Dictionary<short, OpCode> Codes = typeof(OpCodes).GetFields().Select(f => f.GetValue(null)).OfType<OpCode>().ToDictionary(c => c.Value);

    private static readonly Dictionary<string, string[]> May = new()
    {
        ["Common"] = [],
        ["Configuration"] = ["Common"],
        ["Registry"] = ["Common", "Configuration"],
        ["Locks"] = ["Common", "Configuration"],
        ["Layers"] = ["Common", "Configuration"],
        ["Sandboxes"] = ["Common", "Configuration"],
        ["Hooks"] = ["Common", "Configuration"],
        ["Monitoring"] = ["Common", "Configuration"],
        ["Tasks"] = ["Common", "Configuration", "Registry", "Locks", "Layers", "Sandboxes", "Hooks", "Monitoring"],
    };

    [Fact]
    public void Rooms_of_Core_know_only_whom_they_may()
    {
        var types = typeof(OpenCodeRuntime).Assembly.GetTypes().Where(t => Room(t) is not null).ToList();
        Assert.True(types.Select(Room).Distinct().Count() >= 6);
        Assert.Empty(types.SelectMany(Wrong).Distinct());
    }

    [Fact]
    public void Wrong_arrow_in_a_field_a_signature_or_a_method_is_found()
    {
        Assert.Contains(typeof(NewTask), Known(typeof(KnowsByField)));
        Assert.Contains(typeof(NewTask), Known(typeof(KnowsBySignature)));
        Assert.Contains(typeof(Transitions), Known(typeof(KnowsByCall)));
        Assert.DoesNotContain("Tasks", May["Registry"]);
    }

    [Fact]
    public void Abstractions_reference_nothing_but_the_framework() =>
        Assert.All(typeof(AgentTask).Assembly.GetReferencedAssemblies(), a => Assert.StartsWith("System.", a.Name, StringComparison.Ordinal));

    private static IEnumerable<string> Wrong(Type type) => Known(type)
        .Where(known => known.Assembly == type.Assembly && known != typeof(OpenCodeRuntime) && (Room(known) is { } room ? room != Room(type) && !May[Room(type)!].Contains(room) : known.Namespace == "OpenCode"))
        .Select(known => $"{type.FullName} knows {known.FullName}");

    private static string? Room(Type type) => type.Namespace?.Split('.') is ["OpenCode", var room, ..] && May.ContainsKey(room) ? room : null;

    private static IEnumerable<Type> Known(Type type)
    {
        const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        var known = new List<Type?> { type.BaseType };
        known.AddRange(type.GetInterfaces());
        known.AddRange(type.GetFields(All).Select(f => f.FieldType));
        foreach (var method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)))
        {
            known.AddRange(method.GetParameters().Select(p => p.ParameterType));
            known.Add((method as MethodInfo)?.ReturnType);
            if (method.GetMethodBody() is { } body)
            {
                known.AddRange(body.LocalVariables.Select(l => l.LocalType));
                known.AddRange(Instructions(method, body.GetILAsByteArray()!));
            }
        }

        return known.OfType<Type>().SelectMany(Parts).Distinct();
    }

    private static IEnumerable<Type?> Instructions(MethodBase method, byte[] code)
    {
        for (var at = 0; at < code.Length;)
        {
            var value = code[at] == 0xFE ? unchecked((short)(0xFE00 | code[++at])) : code[at];
            at++;
            var operand = Codes[value].OperandType;
            if (operand is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                var member = method.Module.ResolveMember(BitConverter.ToInt32(code, at), method.DeclaringType!.GetGenericArguments(), method is MethodInfo ? method.GetGenericArguments() : null);
                yield return member as Type ?? member!.DeclaringType;
            }

            at += operand switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(code, at)),
                _ => 4,
            };
        }
    }

    private static IEnumerable<Type> Parts(Type type) => type.HasElementType
        ? Parts(type.GetElementType()!)
        : type.GetGenericArguments().SelectMany(Parts).Append(type.IsGenericType ? type.GetGenericTypeDefinition() : type);

    private sealed class KnowsByField
    {
        public List<NewTask[]> Value = [];
    }

    private static class KnowsBySignature
    {
        public static void Take(Func<NewTask> value) => ArgumentNullException.ThrowIfNull(value);
    }

    private static class KnowsByCall
    {
        public static string Name() => Transitions.Start.Name;
    }
}
