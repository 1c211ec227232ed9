namespace Niwaki.Vision;

/// <summary>Snow came down a mountain.</summary>
internal sealed class AvalancheTheme : SceneTheme
{
    public override (float Least, float Most) Span => (50, 220);

    public override GroundLook Ground(SceneRandom random) => GroundLook.Mountain(random, random.Range(0.5f, 1));

    public override void Compose(Scene scene)
    {
        var random = scene.Random.Fork();
        if (random.Chance(0.25f))
            Waters.River(scene, null, 2.5f, 7);
        if (random.Chance(0.55f))
            RoadNet.Country(scene, 1, 0.1f);
        AvalancheFlow.Draw(scene);
        Houses.Scattered(scene, random.Int(0, 6), random.Range(0, 0.4f));
        Trees.Draw(scene, Count(scene, 14));
        Distractors.Draw(scene, Count(scene, 2));
        Vehicles.OnRoads(scene, random.Range(0.4f, 2));
        People.Draw(scene, random.Int(0, 4));
    }
}
