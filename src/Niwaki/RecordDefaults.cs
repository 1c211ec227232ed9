using System.Collections.Concurrent;
using System.Reflection;

namespace Niwaki;

/// <summary>What a record's properties are before anybody sets them.</summary>
internal static class RecordDefaults
{
    private static readonly ConcurrentDictionary<Type, object?> Values = new();

    /// <summary>The names of the properties that the constructor requires.</summary>
    public static HashSet<string> Required(Type record) =>
        Constructor(record)?.GetParameters().Where(parameter => !parameter.HasDefaultValue).Select(parameter => parameter.Name!).ToHashSet(StringComparer.Ordinal) ?? [];

    /// <summary>A value with all defaults, in which what the constructor requires is empty; <see langword="null"/> where the constructor does not take that.</summary>
    public static object? Of(Type record) => record.IsAbstract ? null : Values.GetOrAdd(record, Make);

    private static object? Make(Type record)
    {
        try
        {
            return Constructor(record) is { } constructor
                ? constructor.Invoke([.. constructor.GetParameters().Select(parameter => parameter.HasDefaultValue ? parameter.DefaultValue : parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null)])
                : null;
        }
        catch (TargetInvocationException)
        {
            // it refuses empty values
            return null;
        }
    }

    private static ConstructorInfo? Constructor(Type record) => record.GetConstructors().OrderByDescending(constructor => constructor.GetParameters().Length).FirstOrDefault();
}
