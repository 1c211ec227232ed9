namespace Niwaki.Torch.Tests;

/// <summary>libtorch has one random generator for the whole process, so trainings that are compared bit by bit run alone.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class TrainingCollection
{
    public const string Name = "trainings";
}
