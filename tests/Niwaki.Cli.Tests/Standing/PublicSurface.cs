using System.Reflection;
using System.Runtime.CompilerServices;

namespace Niwaki.Cli.Tests;

/// <summary>The public types and members of an assembly as sorted lines.</summary>
internal static class PublicSurface
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static string[] Of(Assembly assembly) =>
        [.. assembly.GetExportedTypes().SelectMany(type => Members(type).Prepend(Head(type))).Order(StringComparer.Ordinal)];

    private static string Head(Type type) => $"{Name(type)} : {(type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct" : "class")}{(type.BaseType is { } parent && parent != typeof(object) && !type.IsValueType ? $" {Name(parent)}" : string.Empty)}";

    private static IEnumerable<string> Members(Type type)
    {
        foreach (var member in type.GetMembers(Declared).Where(member => !member.IsDefined(typeof(CompilerGeneratedAttribute)) || member is PropertyInfo))
        {
            var text = member switch
            {
                ConstructorInfo made when Visible(made) => $"new({Parameters(made)})",
                MethodInfo { IsSpecialName: false } method when Visible(method) => $"{method.Name}({Parameters(method)}) : {Name(method.ReturnType)}",
                PropertyInfo { Name: not "EqualityContract" } property when property.GetMethod is { } get && Visible(get) => $"{property.Name} : {Name(property.PropertyType)}{(property.SetMethod is { } set && Visible(set) ? " init" : string.Empty)}",
                FieldInfo { IsPublic: true, IsSpecialName: false } field => $"{field.Name} : {Name(field.FieldType)}",
                _ => null,
            };
            if (text is not null)
                yield return $"{Name(type)}.{text}";
        }
    }

    private static bool Visible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter => $"{Name(parameter.ParameterType)} {parameter.Name}"));

    private static string Name(Type type)
    {
        if (!type.IsGenericType)
            return type.IsNested && !type.IsGenericParameter ? $"{Name(type.DeclaringType!)}.{type.Name}" : type.Name;
        var bare = type.Name.Split('`')[0];
        return $"{bare}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
    }
}
