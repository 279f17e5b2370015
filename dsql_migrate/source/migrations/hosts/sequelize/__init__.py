"""Sequelize: calls of its query interface as SQL."""
