"""The language model behind OpenRouter: asked within a time limit, seldom enough, and left alone while it fails."""
