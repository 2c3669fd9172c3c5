import {{ cookiecutter.name }}
{% if tune %}
import hyperopt
{% endif %}
